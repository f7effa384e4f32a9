package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ipnpm/ipnpm/ipfsstore"
	"github.com/ipnpm/ipnpm/lockfile"
	"github.com/ipnpm/ipnpm/manifest"
	"github.com/ipnpm/ipnpm/registry"
	"github.com/ipnpm/ipnpm/registry/upstream"
	"github.com/ipnpm/ipnpm/resolve"
	"github.com/ipnpm/ipnpm/resolve/pick"
	"github.com/ipnpm/ipnpm/tarball"
)

// TestAdvice wraps every kind of error as the packages do, and wants its code
// and something to do about it.
func TestAdvice(t *testing.T) {
	_, aFolder := os.ReadFile(t.TempDir())
	tests := []struct {
		err        error
		code, hint string
	}{
		{&registry.NotFoundError{Name: "a"}, "E404", "spelling"},
		{&registry.VersionNotFoundError{Name: "a", Version: "1"}, "ETARGET", "versions that there are"},
		{&pick.NoVersionError{Name: "a", Kind: pick.TargetMissing}, "ETARGET", "versions that there are"},
		{&pick.NoVersionError{Name: "a", Kind: pick.NoVersions, BeforeHid: true}, "ENOVERSIONS", "min-release-age"},
		{&resolve.ConflictError{Name: "a"}, "ERESOLVE", "--legacy-peer-deps"},
		{&resolve.EngineError{Package: "a@1"}, "EBADENGINE", "--engine-strict"},
		{&tarball.MismatchError{}, "EINTEGRITY", "do not use them"},
		{&registry.DigestError{Name: "a"}, "EINTEGRITY", "do not install"},
		{&upstream.AuthError{Status: 401, Hint: "set a token"}, "E401", "set a token"},
		{&upstream.AuthError{Status: 403, Hint: "ask for access"}, "E403", "ask for access"},
		{&upstream.OfflineError{What: "a"}, "ENOTCACHED", "--offline"},
		{&upstream.NetworkError{URL: "http://registry.example/", Err: context.DeadlineExceeded}, "ETIMEDOUT", "registry="},
		{&manifest.SyntaxError{Line: 1}, "EJSONPARSE", "package.json"},
		{&lockfile.SyntaxError{Line: 1}, "EJSONPARSE", "version control"},
		{&manifest.ChangedError{Path: "package.json"}, "EJSONCHANGED", "again"},
		{&lockfile.FormatError{Version: 9, Newest: 1}, "EIPNPM", "newer ipnpm"},
		{&lockfile.FormatError{Version: 1, Oldest: 2, Newest: 3}, "EIPNPM", "make it anew"},
		{&registry.NewerFormatError{Found: 2, Known: 1}, "EIPNPM", "newer ipnpm"},
		{&ipfsstore.UnresolvedError{Name: "k51"}, "EUNRESOLVED", "check the name"},
		{aFolder, "EIPNPM", "look at "},
		{fmt.Errorf("x: %w", fs.ErrPermission), "EACCES", "owner"},
		{fmt.Errorf("x: %w", fs.ErrNotExist), "ENOENT", "path"},
		{&hintError{err: errors.New("x"), hint: "do this"}, "EIPNPM", "do this"},
	}
	for _, test := range tests {
		err := fmt.Errorf("outer: %w", errors.Join(errors.New("beside"), fmt.Errorf("inner: %w", test.err)))
		if got := codeOf(err); got != test.code {
			t.Errorf("%T: code %s, want %s", test.err, got, test.code)
		}
		hints := hintsOf(err)
		if !slices.ContainsFunc(hints, func(h string) bool { return strings.Contains(h, test.hint) }) {
			t.Errorf("%T: hints %q, want %q", test.err, hints, test.hint)
		}
	}
}

func TestReport(t *testing.T) {
	err := fmt.Errorf("add a: %w", &hintError{err: &hintError{err: errors.New("broken"), hint: "inner"}, hint: "outer"})
	var out, said bytes.Buffer
	a := &app{Streams: Streams{Out: &out, Err: &said}, json: true, result: new(bytes.Buffer)}
	if code := a.exit(t.Context(), err); code != 1 {
		t.Errorf("exit code %d", code)
	}
	if want := "error: add a: broken\n\nhint: outer\nhint: inner\n"; said.String() != want {
		t.Errorf("said %q, want %q", said.String(), want)
	}
	var object struct {
		Error struct{ Code, Summary, Detail string }
	}
	if err := json.Unmarshal(out.Bytes(), &object); err != nil || object.Error.Summary != "add a: broken" || object.Error.Detail != "outer\ninner" {
		t.Errorf("printed %s (%v)", out.String(), err)
	}
	said.Reset()
	if code := a.exit(t.Context(), &silentError{code: 7}); code != 7 || said.Len() > 0 {
		t.Errorf("silent: code %d, said %q", code, said.String())
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if code := a.exit(ended, context.Canceled); code != 130 || !strings.Contains(said.String(), "interrupted") {
		t.Errorf("interrupted: code %d, said %q", code, said.String())
	}
}
