package cmd

import (
	"errors"
	"io/fs"
	"net"
	"os/exec"
	"syscall"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/registry/upstream"
)

// errorCode is one that --json may show, and what it says.
type errorCode struct{ code, meaning string }

// errorCodes are all of them; docs/errors.md is made from this list, and a test
// holds it to the source. npm's codes mean what they mean there. Once published
// a code stays what it is: scripts go by it.
func errorCodes() []errorCode {
	return []errorCode{
		{"E401", "a registry wants credentials, or refuses those that it got"},
		{"E403", "a registry refuses access"},
		{"E404", "there is no package of that name"},
		{"EACCES", "a file or folder may not be read or written"},
		{"EALLOWDIRECTORY", "a folder as a dependency is not allowed (allow-directory)"},
		{"EALLOWFILE", "a tarball file as a dependency is not allowed (allow-file)"},
		{"EALLOWGIT", "a git repository as a dependency is not allowed (allow-git)"},
		{"EALLOWREMOTE", "a URL as a dependency is not allowed (allow-remote)"},
		{"EBADDEVENGINES", "the project is developed with something else (devEngines)"},
		{"EBADENGINE", "a package asks for another Node.js (engine-strict)"},
		{"EBADPLATFORM", "a package is not for this system, processor or C library"},
		{"EBADSEMVER", "a version is none, or not greater than another"},
		{"ECIPATCHFLAG", "ci does not install without a patch"},
		{"ECONNREFUSED", "nothing listens at an address"},
		{"ECONNRESET", "a connection broke"},
		{"EDUPLICATEWORKSPACE", "two workspaces have one name"},
		{"EEXIST", "something is in the way that is not to be replaced"},
		{"EEXPIRED", "the signed record of a registry's name has expired"},
		{"EEXTENSIONCONFLICT", "packageExtensions contradict each other"},
		{"EEXTENSIONDELETE", "packageExtensions would take something away"},
		{"EEXTENSIONDUPDEP", "packageExtensions name a dependency twice"},
		{"EEXTENSIONFIELD", "packageExtensions hold a field that cannot be added to"},
		{"EEXTENSIONORPHANMETA", "packageExtensions describe a peer that is none"},
		{"EEXTENSIONROOT", "packageExtensions stand in a package that is not the root"},
		{"EEXTENSIONSELECTOR", "a selector in packageExtensions cannot be read"},
		{"EEXTENSIONVALUE", "a value in packageExtensions has the wrong type"},
		{"EFORBIDDENKEY", "a key that package.json must not have, as __proto__"},
		{"EFUNDNUMBER", "--which of `fund` is no positive number"},
		{"EINTEGRITY", "bytes are not those that were locked or published"},
		{"EINTEGRITYSIGNATURE", "a registry's signature of a version does not fit"},
		{"EINTERRUPTED", "somebody ended the command (Ctrl-C, SIGTERM)"},
		{"EINVALIDCONFIG", "a value in .npmrc, the environment or a flag is not of the key's type"},
		{"EINVALIDPACKAGENAME", "a name that no package can have"},
		{"EINVALIDSPEC", "what stands behind a dependency's name means nothing"},
		{"EINVALIDSYNTAX", "the path of a field of package.json cannot be read"},
		{"EINVALIDTAGNAME", "a name that no dist-tag can have"},
		{"EINVALIDVERSION", "what was given to `version` is neither a version nor a kind of release"},
		{"EIPNPM", "everything that has no code of its own"},
		{"EJSONCHANGED", "another command wrote package.json while this one ran"},
		{"EJSONPARSE", "a JSON file, package.json or the lockfile, cannot be read"},
		{"ELINKGLOBAL", "link is never for global packages alone"},
		{"ELSPROBLEMS", "node_modules is not as package.json or the lockfile says"},
		{"EMISSINGSCRIPT", "package.json has no script of that name"},
		{"ENEEDAUTH", "publishing needs credentials, and there are none"},
		{"ENETWORK", "no usable answer came, for another reason than those with a code"},
		{"ENOADDPROP", "a text or a number in package.json cannot have fields"},
		{"ENOAPPEND", "what is no list in package.json cannot be appended to"},
		{"ENOAUDIT", "no registry that is asked says what is known of vulnerable versions"},
		{"ENOENT", "a file or folder is not there"},
		{"ENOFUND", "a package names no page where it could be funded"},
		{"ENOGIT", "git is not installed"},
		{"ENOLOCK", "there is no lockfile to go by"},
		{"ENOMATCH", "no installed package with install scripts has that name"},
		{"ENOSPC", "the disk is full"},
		{"ENOTCACHED", "offline, and not all is on this machine"},
		{"ENOTFOUND", "the name of a host leads nowhere"},
		{"ENOVERSIONS", "a package has no version that may be taken"},
		{"EOVERRIDE", "overrides contradict a direct dependency"},
		{"EOVERRIDEVALUE", "an override is neither a text nor an object"},
		{"EPACKAGEEXTENSIONS", "packageExtensions cannot be read"},
		{"EPATCHAMBIGUOUS", "several versions or patches are meant, and it is not said which"},
		{"EPATCHBADMARKER", "a folder does not say which update of a patch is to be finished in it"},
		{"EPATCHBADTO", "a patch is to be updated to what is no version"},
		{"EPATCHBASE", "it is not known which version a patch was made for, or it is not for that"},
		{"EPATCHEMPTY", "a version has all that a patch changes"},
		{"EPATCHEXISTS", "there is a patch for that version already"},
		{"EPATCHFAILED", "a patch does not apply to its package"},
		{"EPATCHINTEGRITY", "a patch is not the one that the lockfile was made with"},
		{"EPATCHNOEDITDIR", "the folder to make a patch of holds no package"},
		{"EPATCHNONREGISTRY", "a package that is to be patched is from no registry"},
		{"EPATCHNOOP", "a patch is for that version already"},
		{"EPATCHNOTFOUND", "a patch, or the entry for one, is not there"},
		{"EPATCHNOTINSTALLED", "a package that is to be patched is not installed"},
		{"EPATCHSTALE", "a patch is for no version in the lockfile"},
		{"EPATCHUNSAFE", "a patch leads out of the project or of its package"},
		{"EPATCHUNUSED", "a patch is for no installed package"},
		{"EPATCHWORKSPACE", "patchedDependencies stand in a workspace and not in the root"},
		{"EPERM", "the system does not permit it"},
		{"EPRIVATE", "a package that is private is not published"},
		{"EPUBLISHCONFLICT", "a version is published already"},
		{"EQUERYATTR", ":attr in a query lacks what it is to compare"},
		{"EQUERYINVALIDOPERATOR", ":semver in a query names no function"},
		{"EQUERYINVALIDSEMVER", ":semver in a query has neither a version nor a range"},
		{"EQUERYNODEPTYPE", "a query names a kind of dependency that there is none of"},
		{"EQUERYNOPSEUDO", "a query has a pseudo selector that is not known, or not supported"},
		{"EQUERYNOSELECTOR", "a query has a bare word, which selects nothing"},
		{"EQUERYSYNTAX", "a query cannot be understood"},
		{"ERESOLVE", "versions of a package conflict; `conflict` beside the code has both sides"},
		{"EROFS", "the file system is read-only"},
		{"EROLLBACK", "a registry showed an older state than before"},
		{"ESBOMPROBLEMS", "a bill of materials cannot be made of what is installed"},
		{"ESEMVERVALUE", ":semver in a query has nothing to compare with"},
		{"ESHRINKWRAPGLOBAL", "there is no lockfile to make for global packages"},
		{"ETARGET", "a package has no version like that"},
		{"ETIMEDOUT", "an answer took too long"},
		{"EUNAVAILABLE", "no source has the bytes of a CID"},
		{"EUNKNOWNCOMMAND", "there is no command of that name"},
		{"EUNKNOWNCONFIG", "there is no flag or configuration key of that name"},
		{"EUNKNOWNWORKSPACE", "no workspace has that name or folder"},
		{"EUNRESOLVED", "nobody knows a record of a registry's name"},
		{"EUNSCOPED", "a package needs a scope, and has none"},
		{"EUNSUPPORTED", "what was named is no initializer"},
		{"EUNSUPPORTEDPROTOCOL", "a dependency is asked for in a way that is not understood"},
		{"EUPDATEARGS", "update takes names, without versions"},
		{"EUSAGE", "the command is not used like that"},
		{"EWORKSPACESCONFIG", "workspaces of package.json is no list of patterns"},
	}
}

// coder is an error that has npm's code for it ("ETARGET").
type coder interface {
	error
	Code() string
}

// codeOf is npm's code of an error, for scripts that tell errors apart: that
// of the outermost error which has one.
func codeOf(err error) string {
	code := ""
	walkErrors(err, func(e error) {
		if c, ok := e.(coder); ok && code == "" { //nolint:errorlint // walkErrors shows each by itself
			code = c.Code()
		}
		if code == "" {
			code = npmCode(e)
		}
	})
	if code == "" {
		code = generalCode(err)
	}
	return code
}

// shownCode is what --json shows: the code, or where a script or a command
// failed as in npm its exit code, a number.
func shownCode(err error) any {
	code := codeOf(err)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && code == "EIPNPM" && exit.ExitCode() > 0 {
		return exit.ExitCode()
	}
	return code
}

// generalCode is for what no error of ours explains better.
func generalCode(err error) string {
	if code := errnoCode(err); code != "" {
		return code
	}
	if missing, ok := errors.AsType[*net.DNSError](err); ok && missing.IsNotFound {
		return "ENOTFOUND"
	}
	switch {
	case errors.Is(err, fs.ErrPermission): // an Errno is one without wrapping it
		return "EACCES"
	case errors.Is(err, fs.ErrNotExist):
		return "ENOENT"
	}
	if _, ok := errors.AsType[*ipfsstore.UnavailableError](err); ok {
		return "EUNAVAILABLE"
	}
	if _, ok := errors.AsType[*upstream.NetworkError](err); ok {
		return "ENETWORK"
	}
	return "EIPNPM"
}

// errnoCode names the system's errors that npm's users know by name.
func errnoCode(err error) string {
	errno, ok := errors.AsType[syscall.Errno](err)
	if !ok {
		return ""
	}
	switch errno {
	case syscall.ECONNREFUSED:
		return "ECONNREFUSED"
	case syscall.ECONNRESET, syscall.EPIPE:
		return "ECONNRESET"
	case syscall.EEXIST:
		return "EEXIST"
	case syscall.ENOSPC:
		return "ENOSPC"
	case syscall.EPERM:
		return "EPERM"
	case syscall.EROFS:
		return "EROFS"
	}
	return ""
}
