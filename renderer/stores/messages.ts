import { create } from 'zustand';
import type { ErrorData, PushboatError } from '../../shared/errors.ts';

/** A message below the view. Errors stay until they are dismissed; others leave by themselves. */
export interface Message {
  id: number;
  kind: 'info' | 'error';
  /** Already in the language shown. */
  title?: string;
  errors: { about?: string; error: ErrorData }[];
  /** One thing to do about it, such as undoing it. */
  action?: MessageAction | undefined;
}

export interface MessageAction {
  label: string;
  run: () => void;
}

interface MessagesState {
  messages: Message[];
}

export const useMessages = create<MessagesState>(() => ({ messages: [] }));

/** How long an informing message stays, in milliseconds. */
const INFO_MS = 5000;
/** One that offers something to do: time enough to read it and to get there. */
const ACTION_MS = 15_000;
/** Older ones make room: the view is for the work. */
const MOST_MESSAGES = 4;

let lastId = 0;

function add(message: Omit<Message, 'id'>): number {
  const id = ++lastId;
  // What was confirmed before, and asks for nothing, makes room for what is confirmed now.
  const isOld = ({ kind, action }: Message) => message.kind === 'info' && kind === 'info' && action === undefined;
  useMessages.setState(({ messages }) => ({
    messages: [...messages.filter((other) => !isOld(other)), { ...message, id }].slice(-MOST_MESSAGES),
  }));
  return id;
}

export function dismissMessage(id: number): void {
  useMessages.setState(({ messages }) => ({ messages: messages.filter((message) => message.id !== id) }));
}

export function showInfo(title: string, action?: MessageAction): void {
  const id = add({ kind: 'info', title, errors: [], action });
  setTimeout(() => dismissMessage(id), action ? ACTION_MS : INFO_MS);
}

export function showError(error: PushboatError): void {
  add({ kind: 'error', errors: [{ error: error.toData() }] });
}

/** Several failures of one action, each with what it is about. */
export function showErrors(title: string, errors: { about?: string; error: ErrorData }[]): void {
  add({ kind: 'error', title, errors });
}

/** What failed without stopping anything, in one message that stays until it is dismissed. */
export function showProblems(problems: ErrorData[]): void {
  if (problems.length > 0) add({ kind: 'error', errors: problems.map((error) => ({ error })) });
}
