package config

import (
	"slices"
	"time"
)

// Keys returns the table of all keys, in the order of documentation: where
// packages come from, what is installed, what may run, what is shown and
// saved, and ipnpm's own. The caller may change the slice.
func Keys() []Key {
	return slices.Concat(registryKeys(), networkKeys(), treeKeys(), policyKeys(),
		scriptKeys(), patchKeys(), outputKeys(), saveKeys(), versionKeys(), workspaceKeys(), ownKeys(), nodeKeys())
}

func registryKeys() []Key {
	return []Key{
		{Name: "registry", Type: TypeURL, Strict: true, Layers: true,
			DefaultText: "the public npm registry",
			Description: "The registry that serves names without a scope of their own: an https or http URL, or an IPFS registry as `ipns://NAME`, `ipfs://CID`, `/ipns/NAME` or `/ipfs/CID`. Given several times in one place it is a list of layers, as `registries` is; npm takes the last.",
			Flags:       []string{"--reg"}},
		{Name: "replace-registry-host", Type: TypeString, Default: "npmjs",
			Description: "Whether tarball URLs are moved to the configured registry: `npmjs` (only those of npm's own host), `always`, `never`, those of a host name, or what begins with a URL. An address that is not below the registry then needs `allow-remote`."},
		{Name: "tag", Default: "latest",
			Description: "The dist-tag that a package without a version asks for."},
		{Name: "scope", Description: "The scope that an operation on a registry is for."},
		{Name: "before", Type: TypeDate, Default: "null", Strict: true, Flags: []string{"--enjoy-by"},
			Description: "Only versions published on or before this date. A time without a zone is UTC."},
		{Name: "min-release-age", Type: TypeDuration, Unit: 24 * time.Hour, Default: "null", Strict: true,
			Description: "Only versions published at least this many days ago. In the same layer `before` wins. Of a registry on IPFS it counts from a version's first appearance in the registry's history."},
		{Name: "min-release-age-exclude", Type: TypeList, Comma: true,
			Description: "Package names or patterns (`@acme/*`) that `before` and `min-release-age` do not hold back."},
		{Name: "include-staged", Type: TypeBool, Default: "false",
			Description: "Also take versions that are staged, not yet published."},
		{Name: "access", Type: TypeEnum, Values: []string{"restricted", "public"}, Default: "null",
			Description: "Who may see a newly published scoped package."},
		{Name: "pack-destination", Type: TypePath, Default: ".",
			Description: "The folder that `pack` writes tarballs to."},
		{Name: "otp", Default: "null", Description: "A one-time password for publishing."},
	}
}

func networkKeys() []Key {
	return []Key{
		{Name: "fetch-retries", Type: TypeInt, Default: "2",
			Description: "How often a failed request is tried again."},
		{Name: "fetch-retry-factor", Type: TypeInt, Default: "10",
			Description: "By how much the wait grows from one retry to the next."},
		{Name: "fetch-retry-mintimeout", Type: TypeDuration, Unit: time.Millisecond, Default: "10000",
			Description: "The shortest wait before a retry, in milliseconds."},
		{Name: "fetch-retry-maxtimeout", Type: TypeDuration, Unit: time.Millisecond, Default: "60000",
			Description: "The longest wait before a retry, in milliseconds."},
		{Name: "fetch-timeout", Type: TypeDuration, Unit: time.Millisecond, Default: "300000",
			Description: "How long one request may take, in milliseconds."},
		{Name: "maxsockets", Type: TypeInt, Default: "15",
			Description: "How many connections at once to one server."},
		{Name: "proxy", Type: TypeString, Default: "null", Env: []string{"HTTP_PROXY", "http_proxy"},
			Description: "The proxy for http requests; `false` for none."},
		{Name: "https-proxy", Type: TypeURL, Default: "null",
			Env:         []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"},
			Description: "The proxy for https requests."},
		{Name: "noproxy", Type: TypeList, Comma: true, Env: []string{"NO_PROXY", "no_proxy"},
			Description: "Hosts and domains to reach without a proxy."},
		{Name: "strict-ssl", Type: TypeBool, Default: "true",
			Description: "Whether the certificates of https servers are checked."},
		{Name: "ca", Type: TypeList, Default: "null",
			Description: "Certificates (PEM, with `\\n` for line breaks) of the only authorities to trust."},
		{Name: "cafile", Type: TypePath, Default: "null",
			Description: "A file with the certificates of the authorities to trust."},
		{Name: "local-address", Default: "null",
			Description: "The local IP address to connect from."},
		{Name: "user-agent",
			Default:     "ipnpm/{ipnpm-version} npm/{npm-version} node/{node-version} {platform} {arch} workspaces/{workspaces} {ci}",
			Description: "The User-Agent of requests, and npm_config_user_agent of scripts; the names in braces are filled in. The environment cannot set it: what stands there is of the package manager around."},
		{Name: "offline", Type: TypeBool, Default: "false",
			Description: "No network at all: what is not on this machine is an error."},
		{Name: "prefer-offline", Type: TypeBool, Default: "false",
			Description: "Take what is cached without asking whether it is current; fetch only what is missing."},
		{Name: "prefer-online", Type: TypeBool, Default: "false",
			Description: "Ask whether cached metadata is current, however fresh it is."},
		{Name: "cache", Type: TypePath, DefaultText: "`ipnpm` in the user's cache folder",
			Description: "The folder for cached registry metadata."},
		{Name: "git", Default: "git", Description: "The git command."},
	}
}

func treeKeys() []Key {
	kinds := []string{"dev", "optional", "peer"}
	return []Key{
		{Name: "omit", Type: TypeEnumList, Values: kinds, Env: []string{"NODE_ENV"},
			DefaultText: "`dev` when NODE_ENV is `production`",
			Description: "Kinds of dependencies to leave out of node_modules. They stay in the lockfile."},
		{Name: "include", Type: TypeEnumList, Values: append([]string{"prod"}, kinds...),
			Description: "Kinds of dependencies to install even if `omit` names them."},
		{Name: "production", Type: TypeBool, Default: "null", Deprecated: "use omit=dev",
			Description: "The same as `omit=dev`."},
		{Name: "only", Type: TypeEnum, Values: []string{"prod", "production"}, Default: "null",
			Deprecated: "use omit=dev", Description: "The same as `omit=dev`."},
		{Name: "also", Type: TypeEnum, Values: []string{"dev", "development"}, Default: "null",
			Deprecated: "use include=dev", Description: "The same as `include=dev`."},
		{Name: "dev", Type: TypeBool, Default: "false", Deprecated: "use include=dev",
			Description: "The same as `include=dev`."},
		{Name: "optional", Type: TypeBool, Default: "null",
			Deprecated:  "use omit=optional or include=optional",
			Description: "The same as `include=optional`, or when false `omit=optional`."},
		{Name: "install-strategy", Type: TypeEnum, Default: "hoisted",
			Values:      []string{"hoisted", "nested", "shallow", "linked"},
			Description: "How packages are laid out in node_modules. `linked` gives each package what it declares and no more, by symbolic links into a store that all projects share."},
		{Name: "legacy-bundling", Type: TypeBool, Default: "false", Deprecated: "use install-strategy=nested",
			Description: "The same as `install-strategy=nested`."},
		{Name: "global-style", Type: TypeBool, Default: "false", Deprecated: "use install-strategy=shallow",
			Description: "The same as `install-strategy=shallow`."},
		{Name: "legacy-peer-deps", Type: TypeBool, Default: "false",
			Description: "Ignore peerDependencies, as npm 3 to 6 did."},
		{Name: "strict-peer-deps", Type: TypeBool, Default: "false",
			Description: "Fail on any conflict of peerDependencies, however deep."},
		{Name: "force", Type: TypeBool, Default: "false", Flags: []string{"-f"},
			Description: "Go on in spite of conflicts and mismatched engines."},
		{Name: "prefer-dedupe", Type: TypeBool, Default: "false",
			Description: "Prefer one version for all to the newest for each."},
		{Name: "engine-strict", Type: TypeBool, Default: "false",
			Description: "Refuse packages whose engines exclude the running Node.js."},
		{Name: "install-links", Type: TypeBool, Default: "false",
			Description: "Install folders (file:) as packages and not as links: they are packed once, and again by `update`. Workspaces stay links."},
		{Name: "bin-links", Type: TypeBool, Default: "true",
			Description: "Whether to link the commands of packages into node_modules/.bin."},
		{Name: "package-lock", Type: TypeBool, Default: "true",
			Description: "Whether to read and write a lockfile."},
		{Name: "package-lock-only", Type: TypeBool, Default: "false",
			Description: "Only update the lockfile, leave node_modules alone."},
		{Name: "omit-lockfile-registry-resolved", Type: TypeBool, Default: "true",
			Description: "Whether to leave the addresses of tarballs out of an exported package-lock.json. npm's own default is false."},
		{Name: "os", Default: "null", Description: "The operating system to install for, in Node's words; the running one when unset."},
		{Name: "cpu", Default: "null", Description: "The processor to install for, in Node's words; the running one when unset."},
		{Name: "libc", Default: "null", Description: "The C library to install for, glibc or musl; the running one when unset."},
		{Name: "prefix", Type: TypePath, Flags: []string{"-C"},
			Description: "On the command line, the folder to work in; elsewhere, where global packages go."},
		{Name: "global", Type: TypeBool, Default: "false", Flags: []string{"-g"},
			Description: "Work on global packages."},
		{Name: "dry-run", Type: TypeBool, Default: "false",
			Description: "Say what would be done, and do nothing."},
	}
}
