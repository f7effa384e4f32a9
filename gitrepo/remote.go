package gitrepo

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/ipnpm/ipnpm/internal/lateregexp"
)

// Remote is the address of a repository that git may be handed.
type Remote struct{ address string }

// RemoteError refuses an address.
type RemoteError struct {
	// Address is without credentials.
	Address, Why string
}

func (e *RemoteError) Error() string { return fmt.Sprintf("git repository %s: %s", e.Address, e.Why) }

// Hint says what an address looks like.
func (e *RemoteError) Hint() string {
	return "write git+https://HOST/PATH.git, git+ssh://git@HOST/PATH.git or git+file:///PATH"
}

// scp is the form user@host:path.
var scp = lateregexp.New(`^[A-Za-z0-9._~][A-Za-z0-9._~-]*@[A-Za-z0-9\[][A-Za-z0-9.\[\]-]*:[^:]`)

// ParseRemote checks an address as a package spec has it, without "git+" and
// fragment. git is handed only what is a URL of a protocol that fetches, or
// the scp form: not options, not local paths, and not the helpers that run
// commands ("ext::sh -c …").
func ParseRemote(address string) (Remote, error) {
	fail := func(why string) (Remote, error) {
		return Remote{}, &RemoteError{Redact(address), why}
	}
	switch {
	case address == "" || strings.HasPrefix(address, "-"):
		return fail("not an address")
	case strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return fail("it holds a space or a control character")
	case !strings.Contains(address, "://") && scp.MatchString(address):
		return Remote{address}, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return fail("not a URL")
	}
	switch u.Scheme {
	case "https", "http", "ssh", "git":
		if u.Hostname() == "" || strings.HasPrefix(u.Hostname(), "-") || strings.HasPrefix(u.User.Username(), "-") {
			return fail("it names no host")
		}
	case "file":
		if !strings.HasPrefix(u.Path, "/") {
			return fail("a path that is not absolute")
		}
	default:
		return fail("the protocol is not one of https, http, ssh, git and file")
	}
	return Remote{address}, nil
}

// String is the address without credentials.
func (r Remote) String() string { return Redact(r.address) }

// secrets find the user part of URLs in any text: all of it for http, where it
// often is a token, and the password elsewhere.
var (
	httpUser = lateregexp.New(`(?i)(https?://)[^/@\s'"]+@`)
	password = lateregexp.New(`(?i)([a-z+]+://[^/@:\s'"]*):[^/@\s'"]*@`)
)

// Redact takes the credentials out of the URLs in a text.
func Redact(text string) string {
	return password.ReplaceAllString(httpUser.ReplaceAllString(text, "$1"), "$1@")
}
