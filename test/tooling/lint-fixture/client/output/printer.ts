export async function print(): Promise<void> {
  console.log("the one room that prints");
}

export function lost(): void {
  // expect typescript(no-floating-promises)
  print();
}
