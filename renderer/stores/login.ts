import { create } from 'zustand';

interface LoginState {
  /** Registries whose dialog was answered or put off: it opens again only when asked for, or for a newer refusal. */
  dismissed: readonly string[];
  /** A registry to sign in to outside of any push (Registries view). */
  wanted: string | null;
  /** The user name that was typed last, by registry: a dialog that opens again proposes it. */
  names: Readonly<Record<string, string>>;
}

/** Which login dialog to show. Passwords never come here. */
export const useLogin = create<LoginState>(() => ({ dismissed: [], wanted: null, names: {} }));

export function rememberName(registry: string, username: string): void {
  useLogin.setState(({ names }) => ({ names: { ...names, [registry]: username } }));
}

/** Closes the dialog: signed in, or put off. */
export function dismissLogin(registry: string): void {
  useLogin.setState((state) => ({
    dismissed: [...new Set([...state.dismissed, registry])],
    wanted: state.wanted === registry ? null : state.wanted,
  }));
}

export function openLogin(registry: string): void {
  useLogin.setState((state) => ({ dismissed: state.dismissed.filter((name) => name !== registry), wanted: registry }));
}

/** After a refusal that is new: the dialog opens, even where an earlier one was put off. */
export function undismissLogin(registry: string): void {
  useLogin.setState((state) => ({ dismissed: state.dismissed.filter((name) => name !== registry) }));
}
