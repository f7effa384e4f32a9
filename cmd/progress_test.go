package cmd

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ipnpm/ipnpm/internal/registrytest"
)

func TestProgressLine(t *testing.T) {
	busy := look{
		phases: []phaseLook{{"resolve", 120, 0}, {"fetch", 80, 0}, {"link", 4, 130}},
		bytes:  4_200_000, rate: 3_100_000,
	}
	shared := busy
	shared.done, shared.total = 84, 252
	trickling := busy
	trickling.rate = 412
	hanging := busy
	hanging.slow, hanging.slowBy = "typescript", 5*time.Second
	for _, test := range [...]struct {
		look  look
		width int
		want  string
	}{
		{look{}, 80, ""},
		{busy, 80, "resolve 120 · fetch 80 · link 4/130 · 4.2 MB, 3.1 MB/s"},
		{shared, 90, "33% |███         | resolve 120 · fetch 80 · link 4/130 · 4.2 MB, 3.1 MB/s"},
		{shared, 60, "resolve 120 · fetch 80 · link 4/130 · 4.2 MB, 3.1 MB/s"},
		{trickling, 80, "resolve 120 · fetch 80 · link 4/130 · 4.2 MB"},
		{busy, 50, "resolve 120 · fetch 80 · link 4/130 · 4.2 MB"},
		{busy, 36, "resolve 120 · fetch 80 · link 4/130"},
		{busy, 20, "link 4/130"},
		{hanging, 100, "resolve 120 · fetch 80 · link 4/130 · 4.2 MB, 3.1 MB/s · waiting for typescript, 5 s"},
		{hanging, 70, "resolve 120 · fetch 80 · link 4/130 · waiting for typescript, 5 s"},
		{hanging, 40, "link 4/130 · waiting for typescript, 5 s"},
		{hanging, 20, "link 4/130 · waitin…"},
		{busy, 0, ""},
	} {
		got := test.look.line(test.width)
		if got != test.want || columnsOf(got) > test.width {
			t.Errorf("%d columns: %q, want %q", test.width, got, test.want)
		}
	}
}

func TestProgressRate(t *testing.T) {
	var r rate
	start := time.Unix(1000, 0)
	for second, want := range []float64{0, 100, 100, 100, 100, 66} {
		bytes := int64(100 * min(second, 4))
		if got := r.after(start.Add(time.Duration(second)*time.Second), bytes); int(got) != int(want) {
			t.Errorf("second %d: %v, want %v", second, got, want)
		}
	}
	r = rate{}
	r.after(start, 0)
	if got := r.after(start.Add(100*time.Millisecond), 1<<20); got != 0 {
		t.Errorf("after a moment: %v", got)
	}
}

// TestProgressDrawn looks at what reaches the terminal, without a clock.
func TestProgressDrawn(t *testing.T) {
	var out syncBuffer
	width := 80
	p := newProgress(&out, func() int { return width }, func() int64 { return 0 })
	defer p.Close()
	p.Phase("resolve", 0)
	end := p.begin("react")
	p.Step("resolve", "react", 0)
	p.draw(time.Now())
	p.draw(time.Now())
	if got := out.take(); got != "resolve 1" {
		t.Errorf("drew %q", got)
	}
	p.draw(time.Now().Add(3 * time.Second))
	if got := out.take(); got != "\r\x1b[Jresolve 1 · waiting for react, 3 s" {
		t.Errorf("hanging: drew %q", got)
	}
	end()
	width = 20 // the terminal breaks the line in two
	p.draw(time.Now())
	if got := out.take(); got != "\x1b[1A\r\x1b[Jresolve 1" {
		t.Errorf("narrower: drew %q", got)
	}
	fmt.Fprint(beside{p, &out}, "warning: x\n")
	if got := out.take(); got != "\r\x1b[Jwarning: x\n" {
		t.Errorf("beside: drew %q", got)
	}
	resume := p.yield()
	p.draw(time.Now())
	if got := out.take(); got != "" {
		t.Errorf("yielded, and drew %q", got)
	}
	resume()
	p.draw(time.Now())
	p.Close()
	p.Close()
	p.draw(time.Now())
	if got := out.take(); got != "resolve 1\r\x1b[J" {
		t.Errorf("closed: drew %q", got)
	}
}

// syncBuffer is what a terminal got since it was last looked at.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(data []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(data)
}

func (s *syncBuffer) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.b.Reset()
	return s.b.String()
}

// slowProject is a project one of whose packages takes long to come.
func slowProject(t *testing.T) (dir string, env []string) {
	t.Helper()
	server := registrytest.New(t)
	for _, name := range []string{"quick", "sluggish"} {
		server.Add(map[string]string{"package.json": fmt.Sprintf(`{"name":%q,"version":"1.0.0"}`, name)})
	}
	server.Inject("sluggish", registrytest.Fault{Delay: time.Minute, On: registrytest.Tarballs})
	dir = t.TempDir()
	manifest := `{"dependencies": {"quick": "1", "sluggish": "1"}}`
	if err := os.WriteFile(filepath.Join(dir, "package.json"), []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir, []string{"HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "TERM=xterm",
		"npm_config_registry=" + server.URL, "npm_config_ipfs_lan=false"}
}

// TestProgressOnTerminal looks at the screen while an install waits, while the
// window is made narrower and wide again, and after Ctrl-C.
func TestProgressOnTerminal(t *testing.T) {
	dir, env := slowProject(t)
	x := onTerminal(t, dir, env, 80, 24, "install")
	x.waitFor("waiting for sluggish, ")
	if text := x.text(); strings.Contains(text, "\n") || !strings.Contains(text, "25% |███         | resolve 2 · fetch 1") {
		t.Errorf("the screen is\n%s", text)
	}
	x.resize(30, 24)
	x.waitFor("fetch 1 · waiting for slug…")
	if text := x.text(); strings.Contains(text, "\n") {
		t.Errorf("after the window became narrow the screen is\n%s", text)
	}
	x.resize(100, 24)
	x.waitFor("25% |███         | resolve 2 · fetch 1 · ")
	if text := x.text(); strings.Contains(text, "\n") {
		t.Errorf("after it became wide again the screen is\n%s", text)
	}
	// Ctrl-C goes to all who run on the terminal.
	if _, err := x.file.Write([]byte{3}); err != nil {
		t.Fatal(err)
	}
	if code := x.wait(); code != 130 {
		t.Errorf("exit code %d", code)
	}
	if text := strings.Join(strings.Fields(x.text()), " "); !strings.Contains(text, "interrupted; what was installed before is intact, and the next run goes on") || strings.Contains(text, "waiting") {
		t.Errorf("in the end the screen is\n%s", x.text())
	}
	if x.screen.Cursor().X != 0 || !x.screen.CursorVisible() {
		t.Errorf("the cursor is left at column %d, visible %v", x.screen.Cursor().X, x.screen.CursorVisible())
	}
}

// TestProgressOffTerminal wants nothing of it where nobody looks.
func TestProgressOffTerminal(t *testing.T) {
	dir, env := slowProject(t)
	var out bytes.Buffer
	c := exec.Command("ipnpm", "install")
	c.Dir, c.Env, c.Stdout, c.Stderr = dir, env, &out, &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
	_ = c.Process.Signal(syscall.SIGTERM)
	_ = c.Wait()
	if text := out.String(); !strings.HasPrefix(text, "interrupted;") {
		t.Errorf("a pipe got %q", text)
	}
}
