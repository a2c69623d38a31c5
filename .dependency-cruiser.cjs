/** The directions of data: argv, cli, commands, kube, wire, pods, output. */
const PURE = '^src/(wire|pods|inspection|procfs|verdict|output)/';
const RIM = '^src/(kube|reach|commands|cli|main|index)';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/' }, to: {} },
    {
      name: 'pure-code-knows-nothing-of-the-rim',
      comment:
        'Decoding, the domain, the verdicts and the printers neither open sockets nor read the command line.',
      severity: 'error',
      from: { path: PURE },
      to: { path: RIM },
    },
    {
      name: 'pure-code-does-no-io',
      severity: 'error',
      from: { path: PURE },
      to: {
        dependencyTypes: ['core'],
        pathNot: '^(node:)?(buffer|util|string_decoder)$',
      },
    },
    {
      name: 'domain-knows-no-encoding',
      severity: 'error',
      from: { path: '^src/pods/' },
      to: { path: '^src/(wire|inspection|procfs|verdict|output)/' },
    },
    {
      name: 'kube-neither-judges-nor-prints',
      severity: 'error',
      from: { path: '^src/(kube|reach)/' },
      to: { path: '^src/(verdict|output|commands|cli)/' },
    },
    {
      name: 'reach-knows-the-errors-and-the-version-alone',
      comment: 'One request to a node, made without a library and without the code for the API server.',
      severity: 'error',
      from: { path: '^src/reach/' },
      to: { pathNot: '^src/(reach/|(errors|version)\\.ts$)', dependencyTypesNot: ['core'] },
    },
    {
      name: 'commands-alone-reach',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(commands|reach)/' },
      to: { path: '^src/reach/' },
    },
    {
      name: 'cli-reaches-the-cluster-through-commands-alone',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/(kube|reach|wire|output)/' },
    },
    {
      name: 'commands-know-no-flags',
      severity: 'error',
      from: { path: '^src/commands/' },
      to: { path: '^src/cli/' },
    },
    {
      name: 'source-knows-no-tests',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
};
