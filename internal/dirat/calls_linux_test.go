package dirat

import (
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A folder whose calls wait is left to the scheduler from then on, and works
// as before.
func TestCallThatWaits(t *testing.T) {
	d := open(t, t.TempDir())
	nap := unix.NsecToTimespec(int64(30 * long))
	// The runtime's own signals wake it up, and nap becomes what is left.
	if err := retry(func() error {
		_, err := d.call(unix.SYS_NANOSLEEP, uintptr(unsafe.Pointer(&nap)), uintptr(unsafe.Pointer(&nap)), 0, 0)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !d.waits.Load() {
		t.Errorf("a call of %v did not count as waiting", 30*long)
	}
	if err := d.Mkdir("lib", 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, d, "lib/x.js", "content")
	if st, err := d.Stat("lib/x.js"); err != nil || st.Size != 7 || time.Since(st.Modified) > time.Hour {
		t.Errorf("%+v, %v", st, err)
	}
}
