#!/usr/bin/env node
import { version } from "../shared/version.ts";

process.stdout.write(`${version}\n`);
