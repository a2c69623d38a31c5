import { globSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { InstrumenterContext } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  type CompleteDryRunResult,
  determineHitLimitReached,
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { type NotedTest, testsOf } from './globals.ts';

const FILES = 'test/{procfs,verdict,wire}/*.test.ts';
/** Tests of megabytes or of a hundred thousand objects: each would take a second or more for each mutant. */
const LEFT_OUT = 'hostile.test.ts';

/** Instead of what the tests import. */
const REPLACED: Readonly<Record<string, string>> = {
  '@jest/globals': new URL('globals.ts', import.meta.url).href,
  'fast-check': new URL('fast-check.ts', import.meta.url).href,
};

/** Where the code with its mutants looks up which of them is active, and counts which of them a test comes by. */
const instrumenter = ((globalThis as { __stryker__?: Instrumenter }).__stryker__ ??= {});

type Instrumenter = { [Name in keyof InstrumenterContext]: InstrumenterContext[Name] | undefined };

/**
 * Runs the tests of pure code in the process that has loaded them: a mutant takes milliseconds, where jest begins
 * anew for each, with a new world for each file of tests. Only what is done while modules are loaded is loaded anew.
 */
class InProcessRunner implements TestRunner {
  /** Part of the address of each module, so that another version is loaded anew. */
  #version = 0;
  #tests: readonly NotedTest[] | null = null;
  /** By module, those that import it; all of them only once all files have been loaded without an error. */
  readonly #importers = new Map<string, Set<string>>();
  #knowsImporters = false;
  /** Milliseconds. */
  readonly #durations = new Map<string, number>();

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: true };
  }

  /** Loads all tests: what is done here is no part of the time that a mutant may take. */
  async init(): Promise<void> {
    const root = pathToFileURL(`${process.cwd()}/`).href;
    registerHooks({
      resolve: (specifier, context, nextResolve) => {
        const importer = withoutVersion(context.parentURL ?? '');
        const replaced = importer.startsWith(root) ? REPLACED[specifier] : undefined;
        const resolved = nextResolve(replaced ?? specifier, context);
        if (!resolved.url.startsWith(root)) return resolved;
        const importers = this.#importers.get(resolved.url) ?? new Set();
        this.#importers.set(resolved.url, importers.add(importer));
        return { ...resolved, url: `${resolved.url}?${String(this.#version)}` };
      },
    });
    this.#tests = await this.#load();
  }

  async dryRun({ disableBail }: DryRunOptions): Promise<DryRunResult> {
    const tests = (this.#tests ??= await this.#load());
    const result = await this.#run(tests, disableBail);
    const { mutantCoverage } = instrumenter;
    return mutantCoverage === undefined ? result : { ...result, mutantCoverage };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, testFilter, disableBail, hitLimit, sandboxFileName } = options;
    const isStatic = options.mutantActivation === 'static';
    instrumenter.activeMutant = isStatic ? activeMutant.id : undefined;
    instrumenter.hitLimit = hitLimit;
    instrumenter.hitCount = hitLimit === undefined ? undefined : 0;
    try {
      if (isStatic || options.reloadEnvironment) this.#tests = null;
      const tests = (this.#tests ??= await this.#load(isStatic ? sandboxFileName : null));
      instrumenter.activeMutant = activeMutant.id;
      const wanted = testFilter === undefined ? null : new Set(testFilter);
      const result = await this.#run(
        tests.filter(({ id }) => wanted?.has(id) ?? true),
        disableBail,
      );
      const endless = determineHitLimitReached(instrumenter.hitCount, hitLimit);
      return toMutantRunResult(endless ?? result, disableBail);
    } catch (error) {
      return toMutantRunResult({ status: DryRunStatus.Error, errorMessage: String(error) });
    } finally {
      if (isStatic) this.#tests = null;
      instrumenter.activeMutant = undefined;
    }
  }

  /** The tests of all files, or of those that import a module, loaded anew. */
  async #load(module: string | null = null): Promise<readonly NotedTest[]> {
    const importers = module === null ? null : this.#allImporters(pathToFileURL(resolve(module)).href);
    this.#version += 1;
    const tests: NotedTest[] = [];
    for (const file of globSync(FILES)) {
      const url = pathToFileURL(resolve(file)).href;
      if (importers?.has(url) === false) continue;
      tests.push(...(await testsOf(file, () => import(url))));
    }
    this.#knowsImporters = true;
    return tests.filter(({ id }) => !id.includes(LEFT_OUT));
  }

  /** Null where they are not known yet. */
  #allImporters(url: string): ReadonlySet<string> | null {
    if (!this.#knowsImporters) return null;
    const found = new Set([url]);
    for (const module of found) for (const importer of this.#importers.get(module) ?? []) found.add(importer);
    return found;
  }

  /** Runs the fast ones first: most mutants are killed by the first test that fails. */
  async #run(tests: readonly NotedTest[], disableBail: boolean): Promise<CompleteDryRunResult> {
    const duration = ({ id }: NotedTest): number => this.#durations.get(id) ?? 0;
    const results: TestResult[] = [];
    for (const test of tests.toSorted((a, b) => duration(a) - duration(b))) {
      const result = await this.#runOne(test);
      results.push(result);
      if (result.status === TestStatus.Failed && !disableBail) break;
    }
    return { status: DryRunStatus.Complete, tests: results };
  }

  async #runOne({ id, file, run }: NotedTest): Promise<TestResult> {
    const start = performance.now();
    const base = (): Omit<TestResult, 'status'> => {
      const timeSpentMs = performance.now() - start;
      this.#durations.set(id, timeSpentMs);
      return { id, name: id, timeSpentMs, fileName: resolve(file) };
    };
    instrumenter.currentTestId = id;
    try {
      await run();
      return { ...base(), status: TestStatus.Success };
    } catch (error) {
      return { ...base(), status: TestStatus.Failed, failureMessage: String(error) };
    } finally {
      instrumenter.currentTestId = undefined;
    }
  }
}

function withoutVersion(url: string): string {
  return url.replace(/\?\d+$/, '');
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'in-process', InProcessRunner)];
