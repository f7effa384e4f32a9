package cmd

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/ipnpm/ipnpm/config"
	"github.com/ipnpm/ipnpm/install"
	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/manifest/weblinks"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/upstream"
	"github.com/ipnpm/ipnpm/resolve"
	"github.com/ipnpm/ipnpm/resolve/pick"
	"github.com/ipnpm/ipnpm/tarball"
	"github.com/ipnpm/ipnpm/tarball/packlist"
)

// adviceOn says what can be done about one error of a package below, where
// that is a matter of this program's commands and flags, which the packages
// do not know. It does not look at what err wraps, and is "" when there is
// nothing to say.
func adviceOn(err error) string {
	switch e := err.(type) { //nolint:errorlint // the caller walks the chain
	case *upstream.AuthError:
		return e.Hint
	case *upstream.NetworkError:
		return adviceOnNetwork(e)
	case *upstream.OfflineError:
		return "run it once without --offline; what that brings is kept for later"
	case *upstream.SizeError:
		return "the bytes are not those that were locked or published: see where they came from, and do not use them"
	case *upstream.DocumentError, *upstream.StatusError, *upstream.URLError:
		return "is it the address of an npm registry? A proxy or a login page may have answered in its place; see registry= in .npmrc"
	case *registry.UnreadError:
		return "an index that a bundle brought leads to the bundle's packages alone: where there is a network, put this one into the lockfile, " +
			"and carry `ipnpm bundle create --since=ROOT` of what was carried before; or name a source that has the index"
	case *registry.NotFoundError:
		return "check the spelling and the registry: `ipnpm config get registry`"
	case *registry.VersionNotFoundError, *pick.NoVersionError:
		return adviceOnVersion(err)
	case *registry.DigestError:
		return "do not install it: ask the registry's owner; where the new bytes are known to be right, remove the entry from the lockfile"
	case *registry.DisagreementError:
		return "do not install it before you know which is right: ask the registries' owners; --registry names one alone"
	case *registry.NewerFormatError:
		return "install a newer ipnpm"
	case *resolve.ConflictError:
		return adviceOnConflict(e)
	case *manifest.ChangedError:
		return "run the command again"
	case *weblinks.MissingError:
		return "`ipnpm view NAME` shows what the registry knows of it"
	case *resolve.EngineError:
		return "run it with another Node.js, or without --engine-strict"
	}
	return adviceOnFiles(err)
}

func adviceOnConflict(e *resolve.ConflictError) string {
	ways := "--legacy-peer-deps (as npm 6 did) or --force"
	if e.Strict {
		ways = "--no-strict-peer-deps, " + ways
	}
	return "ask for versions that go together, or install all the same, at the risk that it does not work, with " + ways
}

// adviceOnFiles is for what was read from the disk or unpacked to it.
func adviceOnFiles(err error) string {
	switch e := err.(type) { //nolint:errorlint // the caller walks the chain
	case *manifest.SyntaxError, *manifest.FieldError, *manifest.NameError, *manifest.SpecError:
		return "correct it in package.json, or on the command line"
	case *manifest.QueryError:
		return adviceOnQuery(e)
	case *manifest.ForeignError:
		return "correct it there; pnpm, Yarn or bun read it too"
	case *manifest.ExtensionError:
		return "correct packageExtensions; they can only add what a package does not say itself, and overrides change versions"
	case *manifest.DuplicateWorkspaceError:
		return "change \"name\" in one of their package.json files"
	case *lockfile.SyntaxError, *lockfile.FieldError:
		return "take the file from version control again (git checkout), or remove it and run `ipnpm install` to make it anew"
	case *lockfile.FormatError:
		if e.Version > e.Newest {
			return "install a newer ipnpm"
		}
		return "remove the file and run `ipnpm install` to make it anew"
	case *tarball.MismatchError:
		return "the bytes are not those that were locked or published: see where they came from, and do not use them"
	case *packlist.PatternError, *packlist.LimitError, *packlist.OutsideError:
		return "the package cannot be packed safely and was not installed; tell its author, or use another version"
	case *tarball.FormatError, *tarball.PathError, *tarball.LimitError:
		return "the package cannot be unpacked safely and was not installed; tell its author, or use another version"
	case *install.BinTakenError:
		return "remove it, or what it belongs to, or have it replaced with --force"
	case *install.LocationError, *install.ContentError:
		return "the lockfile has been tampered with or damaged: take it from version control again, or remove it and run `ipnpm install`"
	case *ipfsstore.MismatchError, *ipfsstore.IntegrityError:
		return "nothing of it was used; name another Kubo daemon or gateway (--ipfs, --ipfs-gateway)"
	case *config.ValueError, *config.KeyError, *config.SyntaxError:
		return "`ipnpm config list` shows what is set, and where"
	}
	return ""
}

// adviceOnPath is for errors of the file system that nobody has explained.
func adviceOnPath(err error) string {
	var at *fs.PathError
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return "the disk (or its inode table) is full: free some space, or `ipnpm cache clean`, and run it again"
	case errors.Is(err, syscall.EROFS):
		return "the file system of that file is read-only: work where it is not; HOME, XDG_DATA_HOME and XDG_CACHE_HOME say where the store is"
	case errors.Is(err, fs.ErrPermission):
		return "look at the owner and the mode of that file or folder"
	case errors.Is(err, fs.ErrNotExist):
		return "is the path right? It counts from the folder of the project"
	case errors.As(err, &at):
		return "look at " + at.Path
	}
	return ""
}

func adviceOnVersion(err error) string {
	var none *pick.NoVersionError
	if errors.As(err, &none) && none.Held != "" {
		return "ask for a version that is not kept back; .npmrc says which rule does that, and what it exempts"
	}
	if errors.As(err, &none) && none.BeforeHid {
		return "before or min-release-age of the configuration hides it: wait, or change them"
	}
	return "ask for one of the versions that there are; --prefer-online looks for newer ones"
}

// adviceOnNetwork tells a certificate that is not trusted, which no waiting
// mends, from a server that cannot be reached.
func adviceOnNetwork(err error) string {
	var unknown x509.UnknownAuthorityError
	if errors.As(err, &unknown) {
		return "the registry's certificate is signed by nobody known here: name its authority with cafile= in .npmrc"
	}
	return "is the network up, and registry= (and proxy=) of .npmrc right? --offline uses what this machine has"
}

// npmCode is npm's code of errors whose types have none of their own.
func npmCode(err error) string {
	switch e := err.(type) { //nolint:errorlint // the caller walks the chain
	case *registry.NotFoundError:
		return "E404"
	case *registry.VersionNotFoundError:
		return "ETARGET"
	case *pick.NoVersionError:
		return string(e.Kind)
	case *resolve.ConflictError:
		return "ERESOLVE"
	case *resolve.EngineError:
		return "EBADENGINE"
	case *install.PlatformError:
		return "EBADPLATFORM"
	case *tarball.MismatchError, *ipfsstore.MismatchError, *ipfsstore.IntegrityError, *install.ContentError, *registry.DigestError, *registry.DisagreementError:
		return "EINTEGRITY"
	case *upstream.AuthError:
		if e.Status == 403 {
			return "E403"
		}
		return "E401"
	case *upstream.OfflineError:
		return "ENOTCACHED"
	case *manifest.SyntaxError, *lockfile.SyntaxError:
		return "EJSONPARSE"
	case *manifest.ChangedError:
		return "EJSONCHANGED"
	case *manifest.SpecError:
		return e.Code
	case *manifest.FieldError:
		return e.Code
	case *manifest.QueryError:
		return e.Code
	case *manifest.NameError:
		return "EINVALIDPACKAGENAME"
	case *resolve.OverrideError:
		return "EOVERRIDE"
	case *upstream.StatusError:
		return fmt.Sprintf("E%d", e.Status)
	case *ipfsstore.RollbackError:
		return "EROLLBACK"
	case *ipfsstore.ExpiredError:
		return "EEXPIRED"
	case *ipfsstore.UnresolvedError:
		return "EUNRESOLVED"
	case *config.KeyError:
		return "EUNKNOWNCONFIG"
	case *config.ValueError, *config.SyntaxError:
		return "EINVALIDCONFIG"
	case *manifest.DuplicateWorkspaceError:
		return "EDUPLICATEWORKSPACE"
	}
	return systemCode(err)
}

func systemCode(err error) string {
	switch err {
	case fs.ErrPermission: //nolint:errorlint // the caller walks the chain
		return "EACCES"
	case fs.ErrNotExist:
		return "ENOENT"
	case context.DeadlineExceeded:
		return "ETIMEDOUT"
	}
	return ""
}
