import { expect, test } from 'vitest';
import { Emitter } from '../../../shared/emitter.ts';

test('everyone hears of an event, in the order in which they came', () => {
  const events = new Emitter<number>();
  const heard: string[] = [];
  events.subscribe((event) => heard.push(`first ${event}`));
  events.subscribe((event) => heard.push(`second ${event}`));
  events.emit(1);
  expect(heard).toEqual(['first 1', 'second 1']);
});

test('who has unsubscribed hears nothing more, and the others do', () => {
  const events = new Emitter<number>();
  const heard: string[] = [];
  const unsubscribe = events.subscribe((event) => heard.push(`gone ${event}`));
  events.subscribe((event) => heard.push(`still here ${event}`));
  unsubscribe();
  unsubscribe();
  events.emit(1);
  expect(heard).toEqual(['still here 1']);
});

test('nobody hears anything after it was cleared', () => {
  const events = new Emitter<number>();
  const heard: number[] = [];
  events.subscribe((event) => heard.push(event));
  events.clear();
  events.emit(1);
  expect(heard).toEqual([]);
});
