package cmd

// leftOutCommand is one of npm's that ipnpm does not have.
type leftOutCommand struct{ why, instead string }

// commandsLeftOut are they, by name and other name. Who types one is told why it is not
// there and what is, which a near name would not tell.
func commandsLeftOut() map[string]leftOutCommand {
	accounts := leftOutCommand{"it manages accounts of an npm registry, and an index on IPFS has none: its key is what may publish",
		"`ipnpm registry ls` lists the keys that are here; accounts of an npm registry are npm's to manage"}
	login := leftOutCommand{"credentials are lines of .npmrc, which ipnpm reads and does not ask a registry for",
		"npm writes them with its own login; by hand: `ipnpm config set //registry.example/:_authToken=TOKEN`"}
	out := map[string]leftOutCommand{
		"login":           login,
		"logout":          {login.why, "`ipnpm config delete //registry.example/:_authToken` removes a token"},
		"stage":           {"it holds back what was published to npm's own registry", "`ipnpm registry publish` decides when the state of a registry of one's own is seen"},
		"undeprecate":     {"it is deprecate without a message", "`ipnpm deprecate PKG@RANGE ''` takes a deprecation back"},
		"diff":            {"git and diff compare what `pack` made", "`ipnpm pack PKG@VERSION` fetches the tarball of a version"},
		"edit":            {"what is changed in node_modules is lost with the next install", "`ipnpm patch add PKG` opens a copy whose changes are kept"},
		"explore":         {"a shell in a folder needs no package manager", "`cd node_modules/PKG`"},
		"help-search":     {"all of the documentation is one page a subject", "`ipnpm help` lists commands and topics, and `man -K WORD` looks into manual pages"},
		"install-scripts": {"its parts are commands of their own, as in npm too", "`ipnpm install` lists what was blocked, `ipnpm approve-scripts` and `ipnpm deny-scripts` decide"},
	}
	for _, name := range [...]string{"access", "org", "ogr", "owner", "author", "profile", "team", "token", "trust"} {
		out[name] = accounts
	}
	return out
}
