import { describe, expect, test } from '@jest/globals';
import { parseFieldSelector } from './field-selector.ts';
import { parseLabelSelector } from './label-selector.ts';
import { recordedPods } from './recorded.ts';

// The words on the right were recorded from kube-apiserver 1.35.4.
describe('the stand-in refuses what kube-apiserver refuses, in its words', () => {
  test.each([
    ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a=b=c', "found '=', expected: ',' or 'end of string'"],
    ['!!a', "unable to parse requirement: found '!', expected: identifier"],
    ['a in x', "unable to parse requirement: found 'x' expected: '('"],
    ['a in (x,', "unable to parse requirement: found '', expected: ',', or identifier"],
    ['a=b,', "found '', expected: identifier after ','"],
    [',a', "found ',', expected: !, identifier, or 'end of string'"],
    ['=b', "found '=', expected: !, identifier, or 'end of string'"],
    ['a notin (x)x', "found 'x', expected: ',' or 'end of string'"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['(', "found '(', expected: !, identifier, or 'end of string'"],
  ])('labels: %s', (selector, message) => {
    expect(() => parseLabelSelector(selector)).toThrow(new Error(message));
  });

  test.each([
    [
      'A/b/c=d',
      'unable to parse requirement: <nil>: Invalid value: "A/b/c": a valid label key must consist of',
    ],
    [
      'a=-b',
      'unable to parse requirement: values[0][a]: Invalid value: "-b": a valid label must be an empty',
    ],
  ])('labels: %s', (selector, beginning) => {
    expect(() => parseLabelSelector(selector)).toThrow(beginning);
  });

  test.each([
    ['spec.foo=x', 'field label not supported: spec.foo'],
    ['metadata.name', "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    ['status.phase!=Running,foo=1', 'field label not supported: foo'],
    ['=x', 'field label not supported: '],
    ['metadata.name=a\\', 'invalid field selector: invalid escape sequence: \\'],
  ])('fields: %s', (selector, message) => {
    expect(() => parseFieldSelector(selector)).toThrow(new Error(message));
  });
});

describe('the stand-in selects what kube-apiserver selects', () => {
  const labels = { app: 'web', tier: 'edge', size: '3' };

  test.each([
    ['app=web', true],
    ['app==db', false],
    ['app!=db', true],
    ['track!=canary', true],
    ['app in (db, web)', true],
    ['app notin (web)', false],
    ['track notin (canary)', true],
    ['app', true],
    ['!track', true],
    ['track=', false],
    ['size>2,size<4', true],
    ['app=web,tier=core', false],
    ['', true],
  ])('labels: %s', (selector, expected) => {
    expect(parseLabelSelector(selector)(labels)).toBe(expected);
  });

  test.each([
    ['metadata.name=db-0', ['db-0']],
    ['metadata.namespace==ci,spec.hostNetwork=true', ['image-builder']],
    ['status.phase!=Running,spec.nodeName=,metadata.namespace=ci', ['queued-scanner']],
    [',', recordedPods.map(({ json }) => json.metadata.name)],
  ])('fields: %s', (selector, names) => {
    const matches = parseFieldSelector(selector);
    const found = recordedPods.filter(({ json }) => matches(json)).map(({ json }) => json.metadata.name);
    expect(found).toEqual(names);
  });
});
