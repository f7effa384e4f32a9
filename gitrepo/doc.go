// Package gitrepo brings packages out of git repositories, with the user's own
// git command: what a branch, a tag or a commit means there, and the files of
// one commit.
//
// Why the command and no library: credentials, proxies, ssh keys and
// certificates of git are a world of their own, and users have made git fit
// theirs. What npm's @npmcli/git does with it is done here, with three things
// more in mind:
//
//   - Nothing is asked of a terminal, and whatever a repository or a lockfile
//     says is an operand and never an option, a command ("ext::") or a hook.
//     Credentials in URLs stay out of every message.
//   - Few bytes: refs come from ls-remote; of a commit only its own tree is
//     fetched where the server allows that, and the history otherwise. A bare
//     mirror for each repository keeps them in the cache, behind a file lock.
//   - A commit that was resolved is the one that is checked out, or it is an
//     error.
//
// The mirrors can be removed at any time; nothing else refers to them.
package gitrepo
