package config

func policyKeys() []Key {
	all := []string{"all", "none", "root"}
	return []Key{
		{Name: "ignore-scripts", Type: TypeBool, Default: "false", Strict: true,
			Description: "Run no script of any package."},
		{Name: "allow-scripts", Type: TypeList, Comma: true, Strict: true,
			Description: "Packages whose install scripts may run."},
		{Name: "strict-allow-scripts", Type: TypeBool, Default: "false", Strict: true,
			Description: "Fail when a package has install scripts that are neither approved nor denied."},
		{Name: "dangerously-allow-all-scripts", Type: TypeBool, Default: "false", Strict: true,
			Description: "Run the install scripts of all packages."},
		{Name: "allow-git", Type: TypeEnum, Values: all, Default: "none", Strict: true,
			Description: "Who may depend on git repositories: `all`, `none`, or only the project (`root`)."},
		{Name: "allow-remote", Type: TypeEnum, Values: all, Default: "none", Strict: true,
			Description: "Who may depend on tarballs by URL: `all`, `none`, or only the project (`root`)."},
		{Name: "allow-file", Type: TypeEnum, Values: all, Default: "all", Strict: true,
			Description: "Who may depend on tarball files: `all`, `none`, or only the project (`root`)."},
		{Name: "allow-directory", Type: TypeEnum, Values: all, Default: "all", Strict: true,
			Description: "Who may depend on folders: `all`, `none`, or only the project (`root`)."},
	}
}

func scriptKeys() []Key {
	return []Key{
		{Name: "script-shell", Default: "null", DefaultText: "`/bin/sh`, on Windows `cmd.exe`",
			Description: "The shell that runs scripts."},
		{Name: "foreground-scripts", Type: TypeBool, Default: "false",
			Description: "Show the output of install scripts as they run."},
		{Name: "node-gyp", Type: TypePath, DefaultText: "the one that comes with npm",
			Description: "The node-gyp command that builds native packages."},
		{Name: "nodedir", Type: TypePath, Default: "null",
			Description: "The folder of Node's sources and headers, for node-gyp."},
		{Name: "node-options", Default: "null",
			Description: "What scripts get as NODE_OPTIONS."},
		{Name: "rebuild-bundle", Type: TypeBool, Default: "true",
			Description: "Whether install scripts of bundled packages run too."},
		{Name: "if-present", Type: TypeBool, Default: "false",
			Description: "It is no error when a script to run does not exist."},
	}
}

func patchKeys() []Key {
	return []Key{
		{Name: "patches-dir", Default: "patches",
			Description: "The folder of the project that `patch commit` writes patches to."},
		{Name: "allow-unused-patches", Type: TypeBool, Default: "false",
			Description: "Install though a patch is for no installed package. It counts on the command line alone, and `ci` refuses it."},
		{Name: "ignore-patch-failures", Type: TypeBool, Default: "false",
			Description: "Install a package unpatched when its patch does not apply. It counts on the command line alone, and `ci` refuses it."},
		{Name: "edit-dir", Type: TypePath, Default: "null",
			Description: "The folder that `patch` unpacks a package to; a temporary one when unset."},
		{Name: "ignore-existing", Type: TypeBool, Default: "false",
			Description: "Remove what is in `edit-dir` first."},
		{Name: "keep-edit-dir", Type: TypeBool, Default: "false",
			Description: "Keep the folder that `patch commit` made a patch of."},
		{Name: "to", Default: "null",
			Description: "The version that `patch update` makes a patch for; that of the lockfile when unset."},
	}
}

func outputKeys() []Key {
	return []Key{
		{Name: "loglevel", Type: TypeEnum, Default: "notice", Flags: []string{"-d", "-q", "-s"},
			Values:      []string{"silent", "error", "warn", "notice", "http", "info", "verbose", "silly"},
			Description: "How much is told."},
		{Name: "color", Type: TypeEnum, Values: []string{"true", "false", "always"}, Default: "true",
			Env:         []string{"NO_COLOR"},
			Description: "Colours: `true` on terminals and, with the variable FORCE_COLOR, on pipes; `always`, or `false`."},
		{Name: "progress", Type: TypeBool, Default: "true", Env: []string{"CI"},
			DefaultText: "true, unless the variable CI is set",
			Description: "Show progress on terminals."},
		{Name: "browser", Default: "true", DefaultText: "the system's",
			Description: "The command that opens pages on the web; `false` prints their addresses."},
		{Name: "editor", DefaultText: "`vi`, on Windows `notepad.exe`", Env: []string{"EDITOR", "VISUAL"},
			Description: "The command that `config edit` opens a file with."},
		{Name: "timing", Type: TypeBool, Default: "false",
			Description: "Write a trace of what took how long to a file in `logs-dir`. Perfetto opens it, and it has npm's keys."},
		{Name: "logs-dir", Type: TypePath, Default: "null", DefaultText: "`_logs` in the user's cache folder of ipnpm",
			Description: "The folder for the files of `timing`."},
		{Name: "logs-max", Type: TypeInt, Default: "10",
			Description: "How many of them are kept."},
		{Name: "unicode", Type: TypeBool, Default: "true",
			Description: "Draw trees with Unicode characters."},
		{Name: "json", Type: TypeBool, Default: "false", Description: "Print JSON."},
		{Name: "parseable", Type: TypeBool, Default: "false", Flags: []string{"-p"},
			Description: "Print for programs, one item a line."},
		{Name: "long", Type: TypeBool, Default: "false", Flags: []string{"-l"}, Description: "Print more."},
		{Name: "all", Type: TypeBool, Default: "false", Flags: []string{"-a"},
			Description: "List all packages, not only the project's own dependencies."},
		{Name: "depth", Type: TypeInt, Default: "null", Description: "How deep to list."},
		{Name: "expect-results", Type: TypeBool, Default: "null",
			Description: "Fail when a query finds nothing, or with false when it finds something."},
		{Name: "expect-result-count", Type: TypeInt, Default: "null",
			Description: "Fail when a query finds another number of packages."},
		{Name: "searchlimit", Type: TypeInt, Default: "20", Description: "How many packages a search shows."},
		{Name: "searchexclude", Default: "", Description: "Words, with blanks between, that take packages out of what a search finds."},
		{Name: "link", Type: TypeBool, Default: "false", Description: "List only packages that are links."},
		{Name: "yes", Type: TypeBool, Default: "null", Flags: []string{"-y"},
			Description: "Answer yes to every question."},
		{Name: "audit", Type: TypeBool, Default: "false",
			Description: "Whether an install reports known vulnerabilities afterwards. npm's default is true; here `ipnpm audit` is asked for, since an install that has nothing to fetch asks nobody anything."},
		{Name: "audit-level", Type: TypeEnum, Values: []string{"info", "low", "moderate", "high", "critical", "none"}, Default: "null",
			Description: "The least severity for which `audit` exits with 1; `low` where it is not set."},
		{Name: "sbom-format", Type: TypeEnum, Values: []string{"cyclonedx", "spdx"}, Default: "null",
			Description: "The format of `sbom`."},
		{Name: "sbom-type", Type: TypeEnum, Values: []string{"library", "application", "framework"}, Default: "library",
			Description: "What the project is, for `sbom`."},
		{Name: "include-attestations", Type: TypeBool, Default: "false",
			Description: "Whether `audit signatures --json` lists the attestations of packages that have some."},
		{Name: "fund", Type: TypeBool, Default: "true", Description: "Whether to tell who asks for funding."},
	}
}

func saveKeys() []Key {
	return []Key{
		{Name: "save", Type: TypeBool, Default: "true", Flags: []string{"-S"},
			Description: "Write what is installed into package.json and the lockfile."},
		{Name: "save-prod", Type: TypeBool, Default: "false", Flags: []string{"-P"},
			Description: "Save into dependencies."},
		{Name: "save-dev", Type: TypeBool, Default: "false", Flags: []string{"-D"},
			Description: "Save into devDependencies."},
		{Name: "save-optional", Type: TypeBool, Default: "false", Flags: []string{"-O"},
			Description: "Save into optionalDependencies."},
		{Name: "save-peer", Type: TypeBool, Default: "false",
			Description: "Save into peerDependencies."},
		{Name: "save-bundle", Type: TypeBool, Default: "false", Flags: []string{"-B"},
			Description: "Save into bundleDependencies as well."},
		{Name: "save-exact", Type: TypeBool, Default: "false", Flags: []string{"-E"},
			Description: "Save the exact version and no range."},
		{Name: "save-prefix", Default: "^",
			Description: "What to put before a saved version: `^`, `~` or nothing."},
	}
}

func versionKeys() []Key {
	return []Key{
		{Name: "allow-same-version", Type: TypeBool, Default: "false",
			Description: "Whether `version` may set the version that there is."},
		{Name: "commit-hooks", Type: TypeBool, Default: "true", Description: "Whether git's hooks run at the commit of `version`."},
		{Name: "git-tag-version", Type: TypeBool, Default: "true", Description: "Whether `version` commits and tags."},
		{Name: "message", Default: "%s", Flags: []string{"-m"},
			Description: "The message of that commit and tag; `%s` stands for the version."},
		{Name: "preid", Description: "The first word of a prerelease: `rc` makes 1.2.0-rc.0."},
		{Name: "sign-git-commit", Type: TypeBool, Default: "false", Description: "Sign the commit of `version`."},
		{Name: "sign-git-tag", Type: TypeBool, Default: "false", Description: "Sign the tag of `version`."},
		{Name: "tag-version-prefix", Default: "v", Description: "What stands before the version in the name of its tag."},
		{Name: "init-author-name", Description: "The author's name that `init` writes."},
		{Name: "init-author-email", Description: "The author's mail address that `init` writes."},
		{Name: "init-author-url", Description: "The author's page that `init` writes."},
		{Name: "init-license", Description: "The license that `init` writes."},
		{Name: "init-private", Type: TypeBool, Default: "false", Description: "Whether `init` makes packages private."},
		{Name: "init-type", Default: "commonjs", Description: "The kind of modules that `init` writes: `commonjs` or `module`."},
		{Name: "init-version", Default: "1.0.0", Description: "The version that `init` writes."},
	}
}

func workspaceKeys() []Key {
	return []Key{
		{Name: "workspace", Type: TypeList, Flags: []string{"-w"},
			Description: "Workspaces to work in, by name or folder."},
		{Name: "workspaces", Type: TypeBool, Default: "null", Flags: []string{"-ws"},
			Description: "Work in all workspaces; false ignores them."},
		{Name: "include-workspace-root", Type: TypeBool, Default: "false", Flags: []string{"-iwr"},
			Description: "Work in the root package as well when workspaces are chosen."},
		{Name: "workspaces-update", Type: TypeBool, Default: "true",
			Description: "Whether to update node_modules after a change of workspaces."},
		{Name: "filter", Type: TypeList, Own: true, Flags: []string{"-F"},
			Description: "Workspaces to work in, in pnpm's language: `NAME` (with `*`), `./FOLDER`, `[COMMIT]` for those changed since; `X...` with what X depends on, `...X` with what depends on it, `!X` without it."},
		{Name: "topological", Type: TypeBool, Default: "false", Own: true,
			Description: "Run a script or command in a workspace once it has run in those that it depends on, in several at the same time. `filter` implies it."},
		{Name: "parallel", Type: TypeBool, Default: "false", Own: true,
			Description: "Run a script or command in all chosen workspaces at once, in no order."},
		{Name: "workspace-concurrency", Type: TypeInt, Default: "0", Own: true, DefaultText: "the number of processors",
			Description: "In how many workspaces a script or command runs at the same time, in topological order."},
		{Name: "userconfig", Type: TypePath, DefaultText: "`~/.npmrc`",
			Description: "The user's configuration file."},
		{Name: "globalconfig", Type: TypePath, DefaultText: "`etc/npmrc` under `prefix`",
			Description: "The system's configuration file."},
		{Name: "location", Type: TypeEnum, Values: []string{"global", "user", "project"}, Default: "user",
			Flags: []string{"-L"}, Description: "Which file `config set` changes."},
	}
}

func ownKeys() []Key {
	return append(layerKeys(), []Key{
		{Name: "ipfs", Type: TypeEnum, Default: "auto", Own: true,
			Values:      []string{"auto", "embedded", "kubo", "kubo:*", "gateway:*"},
			Description: "Where IPFS content comes from beside this machine's own store: `auto` (a local Kubo, if one runs, then other machines), `embedded` (other machines alone, see `ipfs-lan` and `ipfs-peers`), `kubo` or `kubo:ADDRESS`, or `gateway:URL`."},
		{Name: "ipfs-gateway", Type: TypeList, Comma: true, Own: true, Env: []string{"IPFS_GATEWAY"},
			Description: "Trustless gateways to fetch blocks from. Every block is verified."},
		{Name: "ipfs-trace", Type: TypePath, Own: true,
			Description: "A file to write a line of JSON to for each block and tarball: its CID or URL, who brought it, its bytes and the milliseconds since that was asked."},
		{Name: "upstream", Type: TypeBool, Default: "true", Own: true, Strict: true,
			Description: "Whether to fall back on a registry's own https server when IPFS does not have something. `--no-upstream` keeps to IPFS."},
		{Name: "allow-rollback", Type: TypeBool, Default: "false", Own: true, Strict: true,
			Description: "Accept an IPNS record that is older than one seen before."},
		{Name: "registry-name", Own: true,
			DefaultText: "the one whose address is configured, or the only one",
			Description: "Which of the registries made here `publish` and its like change."},
		{Name: "store-dir", Type: TypePath, Own: true, DefaultText: "`ipnpm` in the user's data folder",
			Description: "The folder for blocks, keys and unpacked packages."},
	}...)
}

// npmOnlyKeys are npm's keys that mean nothing to ipnpm: they are accepted in
// silence, since the files are shared with npm.
func npmOnlyKeys() []string {
	return []string{
		"allow-scripts-pending", "allow-scripts-pin",
		"auth-type", "bypass-2fa", "cache-max", "cache-min", "call", "cert",
		"cidr", "description", "diff", "diff-dst-prefix", "diff-ignore-all-space",
		"diff-name-only", "diff-no-prefix", "diff-src-prefix", "diff-text", "diff-unified",
		"expires", "extension-file",
		"format-package-lock", "global-ignore-file", "heading",
		"ignore-extension",
		"init-module",
		"init.author.email", "init.author.name", "init.author.url",
		"init.license", "init.module", "init.version", "key",
		"lockfile-version", "name",
		"orgs", "orgs-permission", "package",
		"packages", "packages-all", "packages-and-scopes-permission", "password",
		"provenance", "provenance-file", "read-only", "scopes",
		"searchopts", "searchstaleness", "shell", "shrinkwrap",
		"strict-npmrc",
		"token-description", "umask", "update-notifier", "usage", "version", "versions", "viewer",
		"which",
	}
}
