export const name = 1; // expect unicorn(filename-case)
