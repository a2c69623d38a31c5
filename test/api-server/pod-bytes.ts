import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { PodJson } from './recorded.ts';

/** What a field of a message holds; of a list, each of its elements does. */
type Kind = 'string' | 'bool' | 'int' | 'time' | 'map' | Message;

/** The fields of a message in the order of their numbers: what they are called in JSON, and what they hold. */
type Message = readonly (readonly [number: number, key: string, kind: Kind])[];

/** Stands for the object itself, for what JSON has beside the other fields and protobuf in a message of its own. */
const INLINE = '';

// Field numbers: k8s.io/api/core/v1/generated.proto and k8s.io/apimachinery/pkg/apis/meta/v1/generated.proto,
// 1.35. All that src/wire/pod-protobuf.ts reads is here, and some things more.
const OWNER: Message = [
  [1, 'kind', 'string'],
  [3, 'name', 'string'],
  [4, 'uid', 'string'],
  [5, 'apiVersion', 'string'],
  [6, 'controller', 'bool'],
];
const METADATA: Message = [
  [1, 'name', 'string'],
  [2, 'generateName', 'string'],
  [3, 'namespace', 'string'],
  [5, 'uid', 'string'],
  [6, 'resourceVersion', 'string'],
  [8, 'creationTimestamp', 'time'],
  [9, 'deletionTimestamp', 'time'],
  [10, 'deletionGracePeriodSeconds', 'int'],
  [11, 'labels', 'map'],
  [12, 'annotations', 'map'],
  [13, 'ownerReferences', OWNER],
];
const WINDOWS_OPTIONS: Message = [[4, 'hostProcess', 'bool']];
const SECURITY_CONTEXT: Message = [
  [
    1,
    'capabilities',
    [
      [1, 'add', 'string'],
      [2, 'drop', 'string'],
    ],
  ],
  [2, 'privileged', 'bool'],
  [4, 'runAsUser', 'int'],
  [5, 'runAsNonRoot', 'bool'],
  [7, 'allowPrivilegeEscalation', 'bool'],
  [9, 'procMount', 'string'],
  [10, 'windowsOptions', WINDOWS_OPTIONS],
];
const CONTAINER: Message = [
  [1, 'name', 'string'],
  [2, 'image', 'string'],
  [3, 'command', 'string'],
  [4, 'args', 'string'],
  [
    6,
    'ports',
    [
      [1, 'name', 'string'],
      [2, 'hostPort', 'int'],
      [3, 'containerPort', 'int'],
      [4, 'protocol', 'string'],
      [5, 'hostIP', 'string'],
    ],
  ],
  [
    9,
    'volumeMounts',
    [
      [1, 'name', 'string'],
      [2, 'readOnly', 'bool'],
      [3, 'mountPath', 'string'],
    ],
  ],
  [15, 'securityContext', SECURITY_CONTEXT],
  [24, 'restartPolicy', 'string'],
];
const HOST_PATH: Message = [
  [1, 'path', 'string'],
  [2, 'type', 'string'],
];
const SPEC: Message = [
  [
    1,
    'volumes',
    [
      [1, 'name', 'string'],
      [2, INLINE, [[1, 'hostPath', HOST_PATH]]],
    ],
  ],
  [2, 'containers', CONTAINER],
  [3, 'restartPolicy', 'string'],
  [4, 'terminationGracePeriodSeconds', 'int'],
  [6, 'dnsPolicy', 'string'],
  [7, 'nodeSelector', 'map'],
  [8, 'serviceAccountName', 'string'],
  [10, 'nodeName', 'string'],
  [11, 'hostNetwork', 'bool'],
  [12, 'hostPID', 'bool'],
  [13, 'hostIPC', 'bool'],
  [
    14,
    'securityContext',
    [
      [2, 'runAsUser', 'int'],
      [3, 'runAsNonRoot', 'bool'],
      [8, 'windowsOptions', WINDOWS_OPTIONS],
    ],
  ],
  [16, 'hostname', 'string'],
  [19, 'schedulerName', 'string'],
  [20, 'initContainers', CONTAINER],
  [27, 'shareProcessNamespace', 'bool'],
  [29, 'runtimeClassName', 'string'],
  [
    34,
    'ephemeralContainers',
    [
      [1, INLINE, CONTAINER],
      [2, 'targetContainerName', 'string'],
    ],
  ],
  [36, 'os', [[1, 'name', 'string']]],
  [37, 'hostUsers', 'bool'],
  [41, 'hostnameOverride', 'string'],
];
const ADDRESS: Message = [[1, 'ip', 'string']];
const CONTAINER_STATUS: Message = [
  [1, 'name', 'string'],
  [
    2,
    'state',
    [
      [
        1,
        'waiting',
        [
          [1, 'reason', 'string'],
          [2, 'message', 'string'],
        ],
      ],
      [2, 'running', [[1, 'startedAt', 'time']]],
      [
        3,
        'terminated',
        [
          [1, 'exitCode', 'int'],
          [2, 'signal', 'int'],
          [3, 'reason', 'string'],
          [4, 'message', 'string'],
          [5, 'startedAt', 'time'],
          [6, 'finishedAt', 'time'],
        ],
      ],
    ],
  ],
  [4, 'ready', 'bool'],
  [5, 'restartCount', 'int'],
  [6, 'image', 'string'],
  [7, 'imageID', 'string'],
  [8, 'containerID', 'string'],
  [9, 'started', 'bool'],
];
const STATUS: Message = [
  [1, 'phase', 'string'],
  [
    2,
    'conditions',
    [
      [1, 'type', 'string'],
      [2, 'status', 'string'],
      [4, 'lastTransitionTime', 'time'],
      [5, 'reason', 'string'],
      [6, 'message', 'string'],
    ],
  ],
  [3, 'message', 'string'],
  [4, 'reason', 'string'],
  [5, 'hostIP', 'string'],
  [6, 'podIP', 'string'],
  [7, 'startTime', 'time'],
  [8, 'containerStatuses', CONTAINER_STATUS],
  [9, 'qosClass', 'string'],
  [10, 'initContainerStatuses', CONTAINER_STATUS],
  [11, 'nominatedNodeName', 'string'],
  [12, 'podIPs', ADDRESS],
  [13, 'ephemeralContainerStatuses', CONTAINER_STATUS],
  [16, 'hostIPs', ADDRESS],
];
const POD: Message = [
  [1, 'metadata', METADATA],
  [2, 'spec', SPEC],
  [3, 'status', STATUS],
];

/** A Pod's JSON as a protobuf message. What is not in the lists above is left out. */
export function podAsProtobuf(pod: PodJson): Uint8Array {
  return encode(pod, POD, 'Pod');
}

/** The Pod of a bookmark, which has nothing but a version. */
export function bookmarkAsProtobuf(metadata: object): Uint8Array {
  return encode({ metadata, spec: {}, status: {} }, POD, 'Pod');
}

/** An event as it stands in a stream: its length in four bytes, and WatchEvent { type 1, object 2 { raw 1 } }. */
export function watchFrame(type: string, object: Uint8Array): Buffer {
  const raw = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(object).finish();
  const event = new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string(type)
    .tag(2, WireType.LengthDelimited)
    .bytes(raw)
    .finish();
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.length);
  return Buffer.concat([length, event]);
}

/** The same Pod with another metadata.resourceVersion (6 in 1); all else is copied as it is. */
export function withResourceVersion(pod: Uint8Array, resourceVersion: string): Uint8Array {
  const version = new BinaryWriter().tag(6, WireType.LengthDelimited).string(resourceVersion).finish();
  let metadata: Uint8Array = new Uint8Array();
  const rest: Uint8Array[] = [];
  for (const { number, content, whole } of fieldsOf(pod)) {
    if (number === 1) metadata = content;
    else rest.push(whole);
  }
  const fields = fieldsOf(metadata);
  const changed = Buffer.concat([
    ...fields.filter(({ number }) => number < 6).map(({ whole }) => whole),
    version,
    ...fields.filter(({ number }) => number > 6).map(({ whole }) => whole),
  ]);
  const head = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(changed).finish();
  return Buffer.concat([head, ...rest]);
}

/** @param path what it is, for the error */
function encode(object: unknown, message: Message, path: string): Uint8Array {
  if (typeof object !== 'object' || object === null) throw wrong(path, object);
  const writer = new BinaryWriter();
  for (const [number, key, kind] of message) {
    const value = key === INLINE ? object : (object as Readonly<Record<string, unknown>>)[key];
    if (value === undefined || value === null) continue;
    const elements: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const element of elements) write(writer, number, element, kind, `${path}.${key}`);
  }
  return writer.finish();
}

function write(writer: BinaryWriter, number: number, value: unknown, kind: Kind, path: string): void {
  switch (kind) {
    case 'string':
      if (typeof value !== 'string') throw wrong(path, value);
      writer.tag(number, WireType.LengthDelimited).string(value);
      return;
    case 'bool':
      if (typeof value !== 'boolean') throw wrong(path, value);
      writer.tag(number, WireType.Varint).bool(value);
      return;
    case 'int':
      if (typeof value !== 'number') throw wrong(path, value);
      writer.tag(number, WireType.Varint).int64(value);
      return;
    case 'time': {
      const milliseconds = typeof value === 'string' ? Date.parse(value) : Number.NaN;
      if (Number.isNaN(milliseconds)) throw wrong(path, value);
      const seconds = new BinaryWriter().tag(1, WireType.Varint).int64(Math.floor(milliseconds / 1000));
      writer.tag(number, WireType.LengthDelimited).bytes(seconds.finish());
      return;
    }
    case 'map':
      if (typeof value !== 'object' || value === null) throw wrong(path, value);
      for (const [key, text] of Object.entries(value)) {
        const entry: Message = [
          [1, 'key', 'string'],
          [2, 'value', 'string'],
        ];
        writer
          .tag(number, WireType.LengthDelimited)
          .bytes(encode({ key, value: text as unknown }, entry, path));
      }
      return;
    default:
      writer.tag(number, WireType.LengthDelimited).bytes(encode(value, kind, path));
  }
}

function wrong(path: string, value: unknown): Error {
  return new Error(`${path} cannot be ${JSON.stringify(value)}.`);
}

interface Field {
  readonly number: number;
  /** Empty unless it is length-delimited. */
  readonly content: Uint8Array;
  /** With its tag. */
  readonly whole: Uint8Array;
}

function fieldsOf(message: Uint8Array): readonly Field[] {
  const reader = new BinaryReader(message);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const [number, type] = reader.tag();
    const content = type === WireType.LengthDelimited ? reader.bytes() : reader.skip(type, number);
    fields.push({
      number,
      content: type === WireType.LengthDelimited ? content : new Uint8Array(),
      whole: message.subarray(start, reader.pos),
    });
  }
  return fields;
}
