/**
 * Data moves in one direction: argv, cli, commands, kube, wire, model, output. The printers of a command live beside it,
 * and its manifest and script beside the probe Pod; they are pure all the same.
 */
const PURE_FEATURES = [
  'commands/list/(pod-table|pod-document|pod-cells|manifest-table|manifest-document|row-changes)',
  'commands/verify/(rows|report|document)',
  'commands/ifconfig/interface-blocks',
  'probe/(probe-pod|probe-script)',
].join('|');
const PURE = `^src/(wire|yaml|manifests|model|inspection|procfs|verdict|output)/|^src/(${PURE_FEATURES})\\.ts$`;
const RIM = '^src/(kube|reach|probe|commands|cli|main|index)';

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
      to: { path: RIM, pathNot: PURE },
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
      from: { path: '^src/model/' },
      to: { path: '^src/(wire|yaml|manifests|inspection|procfs|verdict|output)/' },
    },
    {
      name: 'kube-neither-judges-nor-prints',
      severity: 'error',
      from: { path: '^src/(kube|reach)/' },
      to: { path: '^src/(verdict|output|probe|commands|cli)/' },
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
      name: 'the-probe-pod-knows-no-command',
      severity: 'error',
      from: { path: '^src/probe/' },
      to: { path: '^src/(verdict|cli)/|^src/commands/(?!shared/)' },
    },
    {
      name: 'a-command-knows-no-other-command',
      severity: 'error',
      from: { path: '^src/commands/([^/]+)/', pathNot: '^src/commands/(shared|completion)/' },
      to: { path: '^src/commands/', pathNot: '^src/commands/($1|shared)/' },
    },
    {
      name: 'cli-reaches-the-cluster-through-commands-alone',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: '^src/(kube|reach|wire|yaml|manifests|output)/' },
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
