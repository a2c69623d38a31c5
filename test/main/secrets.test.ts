import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { join } from 'node:path';
import { base64 } from '../api-server/kubeconfig.ts';
import type { RecordedRequest } from '../api-server/server.ts';
import { testCluster } from './cluster.ts';
import { makesPod } from './probing.ts';
import { type Environment, run, sampled, type Screen } from './run.ts';
import { until } from './watching.ts';

const cluster = testCluster();

/** Nobody's but this run's. Its middle is written otherwise in JSON, in a URL and in base64. */
const marker = (): string => `${randomBytes(9).toString('hex')}"+/\\%&=?${randomBytes(9).toString('hex')}`;
/** The same, for where not every character may stand. */
const plainMarker = (): string => randomBytes(18).toString('hex');

const secrets = {
  token: marker(),
  unknownToken: marker(),
  tokenOfFile: marker(),
  password: marker(),
  pluginToken: marker(),
  pluginOutput: marker(),
  pluginArgument: marker(),
  pluginVariable: marker(),
  refreshToken: marker(),
  clientSecret: marker(),
  idToken: marker(),
  freshIdToken: marker(),
  extra: plainMarker(),
  proxyPassword: plainMarker(),
  serverPassword: plainMarker(),
  unreadable: plainMarker(),
};
type SecretName = keyof typeof secrets | 'certificate' | 'key';

/** Pieces of a secret that are too long to be there by chance, however it is written. */
const LENGTH = 8;
const pieces = new Map<string, SecretName>();

function remember(name: SecretName, secret: string): void {
  const shapes = [
    secret,
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    // Base64 has three ways to write a text, by what stands before it.
    ...['', 'x', 'xx'].flatMap((before) => {
      const encoded = base64(before + secret).slice(4, -4);
      return [encoded, encoded.replaceAll('+', '-').replaceAll('/', '_')];
    }),
  ];
  for (const shape of shapes) {
    for (let at = 0; at + LENGTH <= shape.length; at += 1) pieces.set(shape.slice(at, at + LENGTH), name);
  }
}

/** Which secrets somebody could read a piece of. */
function leaked(output: string): readonly SecretName[] {
  const found = new Set<SecretName>();
  for (let at = 0; at + LENGTH <= output.length; at += 1) {
    const name = pieces.get(output.slice(at, at + LENGTH));
    if (name !== undefined) found.add(name);
  }
  return [...found];
}

const COMMANDS = [
  ['list'],
  ['list', '-A', '-owide', '--show-labels'],
  ['list', '-A', '-ojson'],
  ['list', '--node', 'no-such-node'],
  ['list', '-w'],
  ['verify', 'pod-use-hostnetwork-2', 'deploy/no-such'],
  ['verify', 'pod-use-hostnetwork-2', '--probe', '-oyaml'],
  ['verify', '--all', '-ojson'],
  ['verify', '--all', '--probe', '--dry-run=server'],
  ['ifconfig', 'pod-use-hostnetwork-2'],
  ['ifconfig', 'pod-use-hostnetwork-2', '--probe'],
  ['version', '-ojson'],
  ['__complete', 'verify', ''],
  ['__complete', 'list', '--context', ''],
] as const;

/** Each command at its most talkative, and one without a trace: as it is, and with the stack of its error. */
const RUNS = [
  ...COMMANDS.map((command) => [10, command] as const),
  ...[0, 5].map((level) => [level, COMMANDS[0]] as const),
];

/** What a user's or a cluster's entry has in a kubeconfig. */
type Entry = Readonly<Record<string, unknown>>;

interface Situation {
  readonly cluster?: Entry;
  readonly user?: Entry;
  /** What is written instead of a kubeconfig. */
  readonly text?: string;
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether a command has come to where it waits for ever; by default that is a watch. */
  readonly waits?: () => boolean;
  /** The error of `list` at -v=0; missing where every command gets through. */
  readonly says?: RegExp;
  /** The exit codes that there are; by default all where every command gets through, else that of an error. */
  readonly codes?: readonly number[];
  /** Headers that every request to the server has. */
  readonly sent?: Readonly<Record<string, string>>;
}

/** Who completes a command line is told of no error. */
const FAILING = [0, 3];
const WORKING = [0, 1, 3, 130];

/** Every command, as quiet and as talkative as can be: the names of the secrets of which something was written. */
async function leaksOf({
  cluster: entry,
  user,
  text,
  flags = [],
  environment = {},
  waits = isWatched,
}: Situation): Promise<{
  readonly leaks: readonly string[];
  readonly codes: readonly number[];
  readonly error: string;
}> {
  const KUBECONFIG = text === undefined ? await kubeconfigOf(entry, user) : await cluster.file(text);
  const leaks = new Set<string>();
  const codes = new Set<number>();
  let error = '';
  for (const [verbosity, command] of RUNS) {
    const { code, stdout, stderr } = await runUntil(waits, argvOf(command, flags, verbosity), {
      ...environment,
      KUBECONFIG,
    });
    codes.add(code);
    for (const name of leaked(stdout + stderr)) {
      leaks.add(`${name} by ${command.join(' ')} -v=${String(verbosity)}: ${stdout}${stderr}`);
    }
    if (verbosity === 0) error = stderr;
  }
  return { leaks: [...leaks], codes: [...codes].sort((a, b) => a - b), error };
}

/** Runs a command, which is interrupted once it waits. */
async function runUntil(
  waits: () => boolean,
  argv: readonly string[],
  environment: Environment,
): Promise<Screen> {
  const interrupted = new AbortController();
  let isOver = false;
  const ended = run(
    argv,
    { PATH: process.env['PATH'], ...environment },
    { signal: interrupted.signal, sleep: () => Promise.resolve() },
  ).finally(() => (isOver = true));
  await until(`${argv.join(' ')} ends or waits`, () => isOver || waits());
  interrupted.abort();
  const screen = await ended;
  await until('the server has seen the end of it', () => cluster.server.watches === 0);
  return screen;
}

function isWatched(): boolean {
  return cluster.server.watches > 0;
}

function argvOf([name, ...words]: readonly string[], flags: readonly string[], verbosity: number): string[] {
  return [name ?? '', ...flags, `-v=${String(verbosity)}`, ...words];
}

/** A kubeconfig whose other users have every kind of credentials, all of them secret. */
async function kubeconfigOf(entry: Entry = {}, user: Entry = { token: secrets.token }): Promise<string> {
  const path = await cluster.kubeconfig({ cluster: entry, user });
  const config = JSON.parse(await readFile(path, 'utf8')) as { users: object[] };
  config.users.push(
    ...[bearer, basic, plugin(''), oidc(''), { tokenFile: 'nowhere' }].map((other, at) => ({
      name: `other-${String(at)}`,
      user: other,
    })),
  );
  return cluster.file(JSON.stringify(config));
}

const extra = { as: 'viewer', 'as-user-extra': { scopes: [secrets.extra] } };
const bearer: Entry = { token: secrets.token };
const basic: Entry = { username: 'ann', password: secrets.password };
const API_VERSION = 'client.authentication.k8s.io/v1';

function plugin(program: string, more: Entry = {}): Entry {
  const args = ['-e', program, secrets.pluginArgument];
  const env = [{ name: 'SECRET', value: secrets.pluginVariable }];
  return {
    exec: {
      apiVersion: API_VERSION,
      command: process.execPath,
      args,
      env,
      interactiveMode: 'Never',
      ...more,
    },
  };
}

function printing(text: string): string {
  return `process.stdout.write(${JSON.stringify(text)});`;
}

/** A token of OpenID Connect as far as anybody looks into it. */
function idTokenOf(secret: string, claims: Entry): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part({ ...claims, secret })}.${base64(secret)}`;
}

function oidc(issuer: string): Entry {
  return {
    'auth-provider': {
      name: 'oidc',
      config: {
        'client-id': 'kubectl',
        'client-secret': secrets.clientSecret,
        'refresh-token': secrets.refreshToken,
        'id-token': idTokenOf(secrets.idToken, { exp: 1 }),
        'idp-issuer-url': issuer,
        'idp-certificate-authority-data': base64(cluster.authority.certificate),
      },
    },
  };
}

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

async function portOf(server: Server): Promise<string> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return String((server.address() as AddressInfo).port);
}

/** A proxy that is told a password, and wants another one. */
async function demandingProxy(): Promise<string> {
  const proxy = createServer();
  proxy.on('connect', ({ headers }, socket) => {
    // A client process that ends resets its connection.
    socket.on('error', () => undefined);
    const told = String(headers['proxy-authorization']);
    const code = told === `Basic ${base64(`ann:${secrets.proxyPassword}`)}` ? 407 : 400;
    socket.end(
      `HTTP/1.1 ${String(code)} Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="${told}"\r\n\r\n`,
    );
  });
  return `http://ann:${secrets.proxyPassword}@127.0.0.1:${await portOf(proxy)}`;
}

let issuerUrl = '';
/** The same each time. */
const freshIdToken = (): string =>
  idTokenOf(secrets.freshIdToken, { iss: issuerUrl, aud: 'kubectl', sub: 'ann', iat: 1, exp: 4_000_000_000 });

/** An issuer of tokens that gives a fresh one for the refresh token, or answers with the question. */
async function startIssuer(answer: 'gives' | 'echoes'): Promise<string> {
  const { certificate, key } = await cluster.authority.issue({ commonName: 'issuer', names: ['127.0.0.1'] });
  const issuer = createTlsServer({ cert: certificate, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('Content-Type', 'application/json');
      const body = Buffer.concat(chunks).toString();
      if (request.url !== '/token') {
        const endpoints = { token_endpoint: `${issuerUrl}/token`, jwks_uri: `${issuerUrl}/keys` };
        response.end(JSON.stringify({ issuer: issuerUrl, ...endpoints }));
      } else if (new URLSearchParams(body).get('refresh_token') !== secrets.refreshToken) {
        response.writeHead(500).end();
      } else if (answer === 'gives') {
        const granted = { access_token: 'access', token_type: 'bearer', id_token: freshIdToken() };
        response.end(JSON.stringify(granted));
      } else {
        const said = `${body} ${String(request.headers.authorization)}`;
        response.writeHead(400).end(JSON.stringify({ error: 'invalid_grant', error_description: said }));
      }
    });
  });
  issuerUrl = `https://127.0.0.1:${await portOf(issuer)}`;
  cluster.server.otherTokens = new Map([...cluster.server.otherTokens, [freshIdToken(), 'admin']]);
  return issuerUrl;
}

let key = '';
let certificate = '';
beforeAll(async () => {
  for (const [name, secret] of Object.entries(secrets)) remember(name as SecretName, secret);
  ({ certificate, key } = await cluster.issue('admin'));
  const body = (pem: string): string => pem.replaceAll(/-----.*?-----|\n/g, '');
  remember('certificate', body(certificate));
  remember('key', body(key));
});

beforeEach(() => {
  const known = [secrets.token, secrets.tokenOfFile, secrets.pluginToken];
  cluster.server.otherTokens = new Map(known.map((token) => [token, 'admin']));
});

const tlsUser = (): Entry => ({
  'client-certificate-data': base64(certificate),
  'client-key-data': base64(key),
});
const withPassword = (url: string): string => url.replace('//', `//ann:${secrets.serverPassword}@`);
const credential = (status: object): string =>
  printing(JSON.stringify({ kind: 'ExecCredential', apiVersion: API_VERSION, status }));

const bearing = (token: string): Readonly<Record<string, string>> => ({ authorization: `Bearer ${token}` });
const UNAUTHORIZED = /the server does not accept the credentials \(401 Unauthorized\)/;
const FORBIDDEN = /the server answers 403 Forbidden \(pods is forbidden: User "viewer" cannot list/;
const NO_PAIR = /^error: The client certificate cannot be used: /;
const NO_HEADER = /^error: The credentials cannot be sent: there is a control character/;
const REFUSED = /the connection was refused|ECONNREFUSED/;
const NOT_REFRESHED = /^error: The OIDC token of the kubeconfig cannot be refreshed: /;
const UNSTARTABLE = /cannot be started: ERR_INVALID_ARG_VALUE/;
const UNREADABLE = /^error: The kubeconfig \S+ cannot be read, line [12]: /;
const WANTS_PASSWORD = /the proxy requires authentication, or rejected the credentials \(407\)/;

const situations: Readonly<Record<string, () => Situation | Promise<Situation>>> = {
  'an administrator, by a certificate': () => ({ user: tlsUser() }),
  'an administrator, who is nobody else but by extra fields': () => ({
    user: { ...tlsUser(), ...extra },
    says: FORBIDDEN,
    sent: { 'impersonate-extra-scopes': secrets.extra },
  }),
  'a token': () => ({ user: bearer, sent: bearing(secrets.token) }),
  'a token that the server does not know': () => ({
    user: { token: secrets.unknownToken },
    says: UNAUTHORIZED,
    sent: bearing(secrets.unknownToken),
  }),
  'a token that is given with --token': () => ({
    flags: ['--token', secrets.token],
    user: basic,
    sent: bearing(secrets.token),
  }),
  'a name and a password': () => ({
    user: basic,
    says: UNAUTHORIZED,
    sent: { authorization: `Basic ${base64(`ann:${secrets.password}`)}` },
  }),
  'a token of a file': async () => ({
    user: { tokenFile: await cluster.file(secrets.tokenOfFile) },
    sent: bearing(secrets.tokenOfFile),
  }),
  'a token of a file, with a line behind it': async () => ({
    user: { tokenFile: await cluster.file(`${secrets.tokenOfFile}\n${secrets.unreadable}\n`) },
    says: NO_HEADER,
  }),
  'a folder where a file of a token should be': () => ({
    user: { tokenFile: cluster.folder, ...bearer },
    sent: bearing(secrets.token),
  }),
  'a key that is none': () => ({
    user: { ...tlsUser(), 'client-key-data': base64(secrets.unreadable) },
    says: NO_PAIR,
  }),
  'a key of another certificate': async () => ({
    user: { ...tlsUser(), 'client-certificate-data': base64((await cluster.issue('other')).certificate) },
    says: NO_PAIR,
  }),
  'a certificate that is none': () => ({
    user: { ...tlsUser(), 'client-certificate-data': base64(secrets.unreadable) },
    says: NO_PAIR,
  }),
  'a plugin': () => ({
    user: plugin(credential({ token: secrets.pluginToken })),
    sent: bearing(secrets.pluginToken),
  }),
  'a plugin whose token the server does not know': () => ({
    user: plugin(credential({ token: secrets.pluginOutput })),
    says: UNAUTHORIZED,
    sent: bearing(secrets.pluginOutput),
  }),
  'a plugin that gives a certificate': () => ({
    user: plugin(credential({ clientCertificateData: certificate, clientKeyData: key })),
  }),
  'a plugin that gives a key that is none': () => ({
    user: plugin(credential({ clientCertificateData: certificate, clientKeyData: secrets.pluginOutput })),
    says: /printed a client certificate that cannot be used: the key is not in PEM format/,
  }),
  'a plugin that fails': () => ({
    user: plugin(`${printing(secrets.pluginOutput)} process.exitCode = 1;`),
    says: /failed with exit code 1\. /,
  }),
  'a plugin that prints no JSON': () => ({
    user: plugin(printing(`{"token": ${secrets.pluginOutput}`)),
    says: /printed something that is neither JSON nor YAML/,
  }),
  'a plugin that prints another object': () => ({
    user: plugin(printing(JSON.stringify({ kind: secrets.pluginOutput }))),
    says: /printed no ExecCredential/,
  }),
  'a plugin that does not end': () => {
    const sign = join(cluster.folder, 'has-printed');
    const show = `require('node:fs').writeFileSync(${JSON.stringify(sign)}, '');`;
    return {
      user: plugin(`${printing(secrets.pluginOutput)} ${show} setInterval(() => undefined, 1000);`),
      waits: () => {
        const hasPrinted = existsSync(sign);
        rmSync(sign, { force: true });
        return hasPrinted;
      },
      says: /^error: Interrupted\.\n$/,
      codes: [0, 130],
    };
  },
  'a plugin that is not there': () => ({
    user: plugin('', { command: 'no-such-plugin' }),
    says: /is not installed or not on PATH/,
  }),
  'a plugin with an argument that no program can have': () => ({
    user: plugin('', { args: [`${secrets.pluginArgument}\0`] }),
    says: UNSTARTABLE,
  }),
  'a plugin with a variable that no program can have': () => ({
    user: plugin('', { env: [{ name: 'SECRET', value: `${secrets.pluginVariable}\0` }] }),
    says: UNSTARTABLE,
  }),
  'a token that no header can have': () => ({
    user: { token: `${secrets.token}\n${secrets.token}` },
    says: NO_HEADER,
  }),
  'an OIDC token, and an issuer that gives a fresh one': async () => {
    const user = oidc(await startIssuer('gives'));
    return { user, sent: bearing(freshIdToken()) };
  },
  'an OIDC token, and an issuer that echoes what it is asked': async () => ({
    user: oidc(await startIssuer('echoes')),
    says: /cannot be refreshed: server responded with an error in the response body/,
  }),
  'an OIDC token, and an issuer with a password in its URL': async () => ({
    user: oidc(withPassword(await startIssuer('echoes'))),
    says: NOT_REFRESHED,
  }),
  'an OIDC token, and an issuer that is nowhere': () => ({
    user: oidc(withPassword('https://127.0.0.1:1')),
    says: NOT_REFRESHED,
  }),
  'a server that is nowhere': () => ({
    cluster: { server: withPassword('https://127.0.0.1:1') },
    says: REFUSED,
  }),
  'a server whose URL is none': () => ({
    cluster: { server: withPassword('https://127.0.0.1:99999') },
    says: /is not a URL such as https:/,
  }),
  'a server whose password has a slash': () => ({
    cluster: { server: `https://ann:1/${secrets.serverPassword}@127.0.0.1:1` },
    says: /the API server https:\/\/ann:1 could not be asked/,
  }),
  'a server that is given with --server': () => ({
    flags: ['--server', withPassword(cluster.server.url)],
    user: { ...tlsUser(), ...extra },
    says: /does not accept the credentials \(401 Unauthorized\)/,
  }),
  'a server that is given with --server and no scheme': () => ({
    flags: ['--server', withPassword(cluster.server.url).replace('https://', '')],
    user: { ...tlsUser(), ...extra },
    says: /does not accept the credentials \(401 Unauthorized\)/,
  }),
  'a server that nobody vouches for': () => ({
    cluster: { server: withPassword(cluster.server.url), 'certificate-authority-data': '' },
    says: /is signed by itself or by an authority that is not trusted here/,
  }),
  'a server that speaks no TLS': async () => ({
    cluster: { server: `https://127.0.0.1:${await portOf(createServer())}` },
    says: /it does not speak TLS/,
  }),
  'a server that leads elsewhere': () => {
    const status = { code: 302, reason: 'Found', message: '' };
    const headers = { Location: 'https://elsewhere.example' };
    cluster.server.respond = () => ({ kind: 'status', status, headers });
    return {
      says: /the server answers 302 and redirects to https:\/\/elsewhere\.example\/\. /,
      sent: bearing(secrets.token),
    };
  },
  'a proxy that wants another password': async () => ({
    cluster: { 'proxy-url': await demandingProxy() },
    says: WANTS_PASSWORD,
  }),
  'a proxy that wants another password, of the environment': async () => ({
    cluster: { server: 'https://kubernetes:6443' },
    environment: { HTTPS_PROXY: await demandingProxy() },
    says: WANTS_PASSWORD,
  }),
  'a proxy that is nowhere': () => ({
    cluster: { 'proxy-url': withPassword('http://127.0.0.1:1') },
    says: REFUSED,
  }),
  'a SOCKS proxy that is nowhere': () => ({
    cluster: { 'proxy-url': withPassword('socks5://127.0.0.1:1') },
    says: REFUSED,
  }),
  'a proxy whose URL is none': () => ({
    cluster: { 'proxy-url': withPassword('ftp://127.0.0.1:1') },
    says: /is not a URL that begins with http:/,
  }),
  'a proxy whose password is wrongly written': () => ({
    cluster: { 'proxy-url': withPassword('http://127.0.0.1:1').replace('@', '%zz@') },
    says: /the password in the URL of the proxy is wrongly written/,
  }),
  ...Object.fromEntries(
    (
      [
        [`users: [{name: a, user: {token: ${secrets.unreadable}}`, UNREADABLE],
        [`token: *${secrets.unreadable}`, UNREADABLE],
        [`token: !${secrets.unreadable} x`, /no context is chosen/],
        [`token: !a!${secrets.unreadable} x`, UNREADABLE],
        [`%${secrets.unreadable}\n---\na: b`, UNREADABLE],
        [`token: "${secrets.unreadable}\\q"`, UNREADABLE],
        [`token: ${secrets.unreadable}\ntoken: ${secrets.unreadable}`, /no context is chosen/],
        [`${secrets.unreadable}: ${secrets.unreadable}: c`, UNREADABLE],
        [secrets.unreadable, /it is not a mapping/],
        [`"${secrets.unreadable}"`, /it is not a mapping/],
        [`- ${secrets.unreadable}`, /it is not a mapping/],
        [
          `current-context: ${secrets.unreadable.slice(0, LENGTH - 1)}\nusers: ${secrets.unreadable}`,
          /its "users" is not a list/,
        ],
        [`\t${secrets.unreadable}`, UNREADABLE],
      ] as const
    ).map(([text, says], at) => [`a kubeconfig that is none (${String(at)})`, () => ({ text, says })]),
  ),
};

/** What is asked for by its own code: lists, a watch, an exec, a kubelet, a probe Pod. */
function isOfEachKind(requests: readonly RecordedRequest[]): boolean {
  return [
    ({ query }: RecordedRequest) => query.has('limit'),
    ({ query }: RecordedRequest) => query.has('watch'),
    ({ path }: RecordedRequest) => path.endsWith('/exec'),
    ({ path }: RecordedRequest) => path.endsWith('/stats/summary'),
    makesPod,
  ].every((isSuch) => requests.some(isSuch));
}

describe('nothing secret is written by any command, at any -v, with', () => {
  test.each(sampled(Object.entries(situations), 2))(
    '%s',
    async (_, arrange) => {
      const situation = await arrange();
      const { says, codes = says === undefined ? WORKING : FAILING, sent = {} } = situation;
      const shown = await leaksOf(situation);
      expect(shown.leaks.slice(0, 2)).toEqual([]);
      // It came to pass.
      expect(shown).toMatchObject({ codes, error: says === undefined ? '' : expect.stringMatching(says) });
      const { requests } = cluster.server;
      expect(isOfEachKind(requests)).toBe(says === undefined);
      expect(requests.map(({ headers }) => headers)).toEqual(
        requests.map(() => expect.objectContaining(sent) as unknown),
      );
    },
    // Some start a plugin with each command.
    120_000,
  );
});

test.each([301, 302, 303, 307, 308])(
  'a redirect by %i is not followed: a token goes to the server of the kubeconfig, and to nobody else',
  async (code) => {
    const elsewhere = await cluster.startServer({});
    const KUBECONFIG = await kubeconfigOf();
    const status = { code, reason: 'Found', message: '' };
    for (const concerns of [
      () => true,
      ({ query }: RecordedRequest) => query.has('watch'),
      ({ path }: RecordedRequest) => path.endsWith('/exec'),
      ({ path }: RecordedRequest) => path.endsWith('/stats/summary'),
      makesPod,
    ]) {
      let redirected = 0;
      cluster.server.respond = (request) => {
        if (!concerns(request)) return null;
        redirected += 1;
        const headers = { Location: `${elsewhere.url}${request.path}?${request.query.toString()}` };
        return { kind: 'status', status, headers };
      };
      for (const command of COMMANDS) await runUntil(isWatched, command, { KUBECONFIG });
      expect(redirected).toBeGreaterThan(0);
    }
    expect({ requests: elsewhere.requests, connections: elsewhere.connections }).toEqual({
      requests: [],
      connections: 0,
    });
  },
  120_000,
);

test('what would be written is found, however it is written', () => {
  for (const name of ['token', 'proxyPassword'] as const) {
    const secret = secrets[name];
    for (const shape of [
      secret,
      secret.slice(3, 3 + LENGTH),
      JSON.stringify({ secret }),
      encodeURIComponent(secret),
      base64(`ann:${secret}`),
      Buffer.from(secret).toString('base64url'),
    ]) {
      expect(leaked(`error: ${shape}.`)).toContain(name);
    }
    expect(leaked('error: Nothing of that.')).toEqual([]);
  }
});
