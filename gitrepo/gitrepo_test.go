package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// repository is a real one with a history, in a folder of its own.
type repository struct {
	t   *testing.T
	dir string
}

// testEnv is an environment without the configuration of whoever runs the
// tests.
func testEnv(t *testing.T) []string {
	return append(os.Environ(), "HOME="+t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=t", "GIT_AUTHOR_EMAIL=t@example.com", "GIT_COMMITTER_NAME=t", "GIT_COMMITTER_EMAIL=t@example.com")
}

func newRepository(t *testing.T) *repository {
	r := &repository{t, filepath.Join(t.TempDir(), "r")}
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r.git("init", "-q", "-b", "main")
	return r
}

func (r *repository) git(args ...string) string {
	r.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = r.dir, testEnv(r.t)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("git %q: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit writes a file and returns the hash.
func (r *repository) commit(file, text string) string {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.dir, file), []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
	r.git("add", "-A")
	r.git("commit", "-q", "-m", text)
	return r.git("rev-parse", "HEAD")
}

func (r *repository) remote() Remote { return mustParse(r.t, "file://"+filepath.ToSlash(r.dir)) }

// serve offers the repository over git's smart http protocol, on loopback.
func (r *repository) serve() (Remote, *httptest.Server) {
	path := r.git("--exec-path")
	server := httptest.NewServer(&cgi.Handler{
		Path: filepath.Join(path, "git-http-backend"),
		Env:  []string{"GIT_PROJECT_ROOT=" + filepath.Dir(r.dir), "GIT_HTTP_EXPORT_ALL=1"},
		// Which protocol is spoken.
		InheritEnv: []string{"PATH"},
		Stderr:     os.Stderr,
	})
	r.t.Cleanup(server.Close)
	return mustParse(r.t, server.URL+"/r"), server
}

func mustParse(t *testing.T, address string) Remote {
	t.Helper()
	r, err := ParseRemote(address)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newClient(t *testing.T) *Client {
	return New(Options{Dir: filepath.Join(t.TempDir(), "mirrors"), Env: testEnv(t), Timeout: time.Minute, Wait: time.Millisecond})
}

// history is the repository of most tests: a <- b (v1.0.0) <- c (v1.1.0, annotated) <- d (main), e (feature, a slash).
type history struct {
	*repository
	a, b, c, d, e string
}

func newHistory(t *testing.T) history {
	h := history{repository: newRepository(t)}
	h.a = h.commit("f", "a")
	h.b = h.commit("f", "b")
	h.git("tag", "v1.0.0")
	h.c = h.commit("f", "c")
	h.git("tag", "-a", "release-v1.1.0", "-m", "annotated")
	h.d = h.commit("f", "d")
	h.git("checkout", "-q", "-b", "feature/x", "HEAD~3")
	h.e = h.commit("f", "e")
	h.git("update-ref", "refs/pull/7/head", h.e)
	h.git("checkout", "-q", "main")
	return h
}

func TestFind(t *testing.T) {
	h := newHistory(t)
	overHTTP, _ := h.serve()
	for _, remote := range []Remote{h.remote(), overHTTP} {
		c := newClient(t)
		for name, want := range map[string]string{
			"": h.d, "main": h.d, "HEAD": h.d, "v1.0.0": h.b, "release-v1.1.0": h.c, "feature/x": h.e, "refs/heads/main": h.d,
			"pull/7": h.e, h.a: h.a, h.a[:9]: h.a, "main~1": h.c, "HEAD~2": h.b,
		} {
			got, err := c.Find(t.Context(), []Remote{remote}, Want{Committish: name})
			if err != nil || got.Hash != want {
				t.Errorf("%s %q: got %s, %v, want %s", remote, name, got.Hash, err, want)
			}
		}
		var missing *RefError
		if _, err := c.Find(t.Context(), []Remote{remote}, Want{Committish: "nowhere"}); !errors.As(err, &missing) {
			t.Errorf("error %v", err)
		}
		refs, err := c.Refs(t.Context(), remote)
		if err != nil || refs.Versions["1.0.0"] != h.b || refs.Versions["1.1.0"] != h.c || refs.Latest != "" {
			t.Errorf("refs %+v, %v", refs, err)
		}
		got, err := c.Find(t.Context(), []Remote{remote}, Want{Pick: func(Refs) (string, error) { return "1.1.0", nil }})
		if err != nil || got.Hash != h.c {
			t.Errorf("got %s, %v", got.Hash, err)
		}
	}
}

// TestFindFallsBack tries the next address where one does not answer, and only
// then.
// A repository may name its refs as it likes, but what is asked for by hash is
// that commit.
func TestHostileRefs(t *testing.T) {
	h, c := newHistory(t), newClient(t)
	h.git("update-ref", "refs/heads/"+h.b, h.d)
	h.git("update-ref", "refs/tags/"+h.b, h.d)
	h.git("update-ref", "refs/ipnpm/"+h.b, h.d)
	for _, name := range []string{"main~3", h.b} { // the first fetches all refs
		commit, err := c.Find(t.Context(), []Remote{h.remote()}, Want{Committish: name})
		if err != nil {
			t.Fatal(err)
		}
		if name == h.b && commit.Hash != h.b {
			t.Errorf("%s leads to %s", name, commit.Hash)
		}
	}
	dir := filepath.Join(t.TempDir(), "out")
	if err := c.Checkout(t.Context(), Commit{h.remote(), h.b}, dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "f")); err != nil || string(text) != "b" {
		t.Errorf("the file holds %q, %v", text, err)
	}
}

// A branch that is gone must not stand in the way of one below its name, nor a
// mirror that an earlier run began to make.
func TestMirrorIsMended(t *testing.T) {
	h, c := newHistory(t), newClient(t)
	find := func(name string) {
		t.Helper()
		if commit, err := c.Find(t.Context(), []Remote{h.remote()}, Want{Committish: name}); err != nil || commit.Hash != h.a {
			t.Errorf("%s: %v, %v", name, commit, err)
		}
	}
	h.git("branch", "x", h.b)
	find("x~1")
	h.git("branch", "-D", "x")
	h.git("branch", "x/y", h.b)
	find("x/y~1")
	mirrors, err := filepath.Glob(filepath.Join(c.opts.Dir, "*", "objects"))
	if err != nil || len(mirrors) != 1 {
		t.Fatal(mirrors, err)
	}
	if err := os.RemoveAll(mirrors[0]); err != nil {
		t.Fatal(err)
	}
	find("x/y~1")
}

func TestFindFallsBack(t *testing.T) {
	h := newHistory(t)
	gone := mustParse(t, "file:///does/not/exist")
	got, err := newClient(t).Find(t.Context(), []Remote{gone, h.remote()}, Want{})
	if err != nil || got.Hash != h.d || got.Remote != h.remote() {
		t.Errorf("got %+v, %v", got, err)
	}
	var missing *RefError
	_, err = newClient(t).Find(t.Context(), []Remote{h.remote(), gone}, Want{Committish: "nowhere"})
	if !errors.As(err, &missing) {
		t.Errorf("error %v", err)
	}
}

func TestCheckout(t *testing.T) {
	h := newHistory(t)
	overHTTP, _ := h.serve()
	for _, remote := range []Remote{h.remote(), overHTTP} {
		c := newClient(t)
		for hash, want := range map[string]string{h.a: "a", h.c: "c", h.e: "e"} {
			dir := filepath.Join(t.TempDir(), "out")
			if err := c.Checkout(t.Context(), Commit{remote, hash}, dir); err != nil {
				t.Fatal(err)
			}
			if text, err := os.ReadFile(filepath.Join(dir, "f")); err != nil || string(text) != want {
				t.Errorf("%s: %q, %v", remote, text, err)
			}
		}
		err := c.Checkout(t.Context(), Commit{remote, strings.Repeat("0", 40)}, filepath.Join(t.TempDir(), "none"))
		if err == nil {
			t.Error("a commit that does not exist was checked out")
		}
	}
}

// TestCheckoutFetchesOneCommit leaves the history where it is.
func TestCheckoutFetchesOneCommit(t *testing.T) {
	h := newHistory(t)
	remote, server := h.serve()
	c := newClient(t)
	if err := c.Checkout(t.Context(), Commit{remote, h.c}, filepath.Join(t.TempDir(), "out")); err != nil {
		t.Fatal(err)
	}
	m, err := c.mirror(t.Context(), remote)
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.run(t.Context(), job{remote: remote, dir: m.dir, args: []string{"rev-list", "--count", keptRef(h.c)}})
	m.unlock()
	if strings.TrimSpace(out) != "1" || err != nil {
		t.Errorf("the mirror has %q commits, %v", out, err)
	}
	// What is there needs no network.
	server.Close()
	if err := c.Checkout(t.Context(), Commit{remote, h.c}, filepath.Join(t.TempDir(), "again")); err != nil {
		t.Error(err)
	}
}

// TestConcurrentUse: several at once, as by several processes.
func TestConcurrentUse(t *testing.T) {
	h := newHistory(t)
	c := newClient(t)
	other := New(c.opts)
	var wg sync.WaitGroup
	for i, hash := range []string{h.a, h.b, h.c, h.d, h.a, h.e} {
		dir := filepath.Join(t.TempDir(), fmt.Sprint(i))
		client := []*Client{c, other}[i%2]
		wg.Go(func() {
			if err := client.Checkout(t.Context(), Commit{h.remote(), hash}, dir); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestHooksDoNotRun: neither a template's nor the user's.
func TestHooksDoNotRun(t *testing.T) {
	h := newHistory(t)
	hooks := t.TempDir()
	mark := filepath.Join(hooks, "ran")
	script := "#!/bin/sh\ntouch " + mark + "\n"
	for _, name := range []string{"post-checkout", "reference-transaction", "post-merge"} {
		if err := os.WriteFile(filepath.Join(hooks, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte("[core]\n\thooksPath = "+hooks+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := New(Options{Dir: t.TempDir(), Env: append(testEnv(t), "GIT_CONFIG_GLOBAL="+config, "GIT_DIR=/nowhere")})
	if err := c.Checkout(t.Context(), Commit{h.remote(), h.d}, filepath.Join(t.TempDir(), "out")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("a hook ran")
	}
}

// TestSubmodules: those over the network come along, and local paths stay
// refused, as git has it.
func TestSubmodules(t *testing.T) {
	sub := newHistory(t)
	subRemote, _ := sub.serve()
	r := newRepository(t)
	r.commit("f", "with a submodule")
	r.git("submodule", "add", "-q", subRemote.address, "sub")
	good := r.commit("g", "added")
	dir := filepath.Join(t.TempDir(), "out")
	if err := newClient(t).Checkout(t.Context(), Commit{r.remote(), good}, dir); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "sub", "f")); err != nil || string(text) != "d" {
		t.Errorf("%q, %v", text, err)
	}
	r.git("config", "-f", ".gitmodules", "submodule.sub.url", sub.dir)
	bad := r.commit("g", "a local one")
	var failed *Error
	err := newClient(t).Checkout(t.Context(), Commit{r.remote(), bad}, filepath.Join(t.TempDir(), "out"))
	if !errors.As(err, &failed) {
		t.Errorf("error %v", err)
	}
}

func TestTimeoutAndCancel(t *testing.T) {
	git := filepath.Join(t.TempDir(), "git")
	if err := os.WriteFile(git, []byte("#!/bin/sh\nexec sleep 30\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := New(Options{Command: git, Dir: t.TempDir(), Timeout: 50 * time.Millisecond, Env: os.Environ()})
	if _, err := c.Refs(t.Context(), mustParse(t, "https://127.0.0.1:9/x")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Refs(ctx, mustParse(t, "https://127.0.0.1:9/x")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestRetries tries again what broke, and nothing else.
func TestRetries(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]int{"Connection reset by peer": 3, "repository not found": 1} {
		git, count := filepath.Join(dir, "git"), filepath.Join(dir, "count")
		_ = os.Remove(count)
		script := "#!/bin/sh\n[ \"$8\" != advice.detachedHead=false ] && [ \"$2\" = -c ] && case \"$*\" in *ls-remote*) echo >> " + count + ";; *) exit 1;; esac\necho '" + text + "' >&2\nexit 128\n"
		if err := os.WriteFile(git, []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		c := New(Options{Command: git, Dir: dir, Retries: 2, Wait: time.Millisecond, Env: os.Environ()})
		if _, err := c.Refs(t.Context(), mustParse(t, "https://127.0.0.1:9/x")); err == nil {
			t.Error("no error")
		}
		tries, _ := os.ReadFile(count)
		if len(tries) != want {
			t.Errorf("%s: %d tries, want %d", text, len(tries), want)
		}
	}
}

func TestNoGit(t *testing.T) {
	_, err := New(Options{Command: "no-such-git", Dir: t.TempDir()}).Refs(t.Context(), mustParse(t, "https://127.0.0.1:9/x"))
	var failed *Error
	if !errors.As(err, &failed) || failed.Code() != "ENOGIT" || !strings.Contains(failed.Hint(), "install git") {
		t.Errorf("error %v", err)
	}
}
