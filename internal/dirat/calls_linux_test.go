package dirat

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A folder whose calls wait is left to the scheduler from then on, and works
// as before.
func TestCallThatWaits(t *testing.T) {
	d := open(t, t.TempDir())
	for range patience {
		if d.isSlow() {
			t.Errorf("slow after fewer than %d long calls", patience)
		}
		if err := d.took(d.clock()-2*long, unix.ENOENT); !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
	if !d.isSlow() {
		t.Errorf("%d calls of %v did not count as waiting", patience, 2*long)
	}
	if err := d.Mkdir("lib", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, d, "lib/x.js", "content")
	if err := Link(d, "lib/x.js", d, "lib/y.js"); err != nil {
		t.Fatal(err)
	}
	if st, err := d.Stat("lib/y.js"); err != nil || st.Size != 7 || time.Since(st.Modified) > time.Hour {
		t.Errorf("%+v, %v", st, err)
	}
}

// A path may be longer than what is kept on the stack, and holds no NUL.
func TestNamesOfCalls(t *testing.T) {
	d := open(t, t.TempDir())
	long := strings.Repeat("x", 200)
	for _, name := range []string{long, long + "/" + long, "lib"} {
		if err := d.Mkdir(name, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, d, name+"/x.js", "content")
		if err := Link(d, name+"/x.js", d, name+"/y.js"); err != nil {
			t.Fatal(err)
		}
		if st, err := d.Stat(name + "/y.js"); err != nil || st.Size != 7 || !st.Regular {
			t.Errorf("%+v, %v", st, err)
		}
	}
	for _, name := range []string{"lib\x00", "lib/x.js\x00" + long + long} {
		if _, err := d.Stat(name); !errors.Is(err, unix.EINVAL) {
			t.Errorf("stat of %q: %v", name, err)
		}
		if err := d.Mkdir(name, 0o755); !errors.Is(err, unix.EINVAL) {
			t.Errorf("mkdir of %q: %v", name, err)
		}
		if err := Link(d, "lib/x.js", d, name); !errors.Is(err, unix.EINVAL) {
			t.Errorf("link to %q: %v", name, err)
		}
	}
}
