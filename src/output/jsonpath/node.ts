/** Start, end and step of `[0:4:2]`; null where one is not given. */
export interface Slice {
  readonly start: number | null;
  readonly end: number | null;
  readonly step: number | null;
  /** True if `end` belongs to a single index: `[-1]`. */
  readonly isIndex: boolean;
}

/** A node of a template, named as in k8s.io/client-go/util/jsonpath/node.go. */
export type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly nodes: readonly Node[] }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'identifier'; readonly name: string }
  | { readonly kind: 'array'; readonly slice: Slice }
  | { readonly kind: 'union'; readonly lists: readonly (readonly Node[])[] }
  | {
      readonly kind: 'filter';
      readonly left: readonly Node[];
      readonly right: readonly Node[];
      readonly operator: string;
    }
  | { readonly kind: 'integer' | 'float'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' };
