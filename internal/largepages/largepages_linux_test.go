package largepages

import (
	"os"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// mapping is an entry of /proc/self/smaps (proc_pid_smaps(5)).
type mapping struct {
	from, to uintptr
	fields   map[string]string
}

// mappingAt returns the mapping that an address lies in.
func mappingAt(t *testing.T, at uintptr) mapping {
	t.Helper()
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	var all []mapping
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, " ")
		if field, ok := strings.CutSuffix(key, ":"); ok {
			all[len(all)-1].fields[field] = strings.TrimSpace(value)
			continue
		}
		from, to, _ := strings.Cut(key, "-")
		all = append(all, mapping{from: hexadecimal(t, from), to: hexadecimal(t, to), fields: map[string]string{}})
	}
	for _, m := range all {
		if m.from <= at && at < m.to {
			return m
		}
	}
	t.Fatalf("nothing is mapped at %#x", at)
	return mapping{}
}

func hexadecimal(t *testing.T, text string) uintptr {
	t.Helper()
	n, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		t.Fatal(err)
	}
	return uintptr(n)
}

// isAdvised tells whether large pages were asked for where an address lies.
func (m mapping) isAdvised() bool {
	return strings.Contains(" "+m.fields["VmFlags"]+" ", " hg ")
}

func isForWhoAsks(t *testing.T) bool {
	t.Helper()
	text, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	return err == nil && strings.Contains(string(text), "[madvise]")
}

// What is made next lies where the heap was told to go on. A goroutine that goes on
// on another processor takes from what that one has kept for itself.
func TestStart(t *testing.T) {
	if asked() != isForWhoAsks(t) {
		t.Errorf("large pages are for who asks: %t", asked())
	}
	var m mapping
	for range 20 {
		start()
		if m = mappingAt(t, place()); m.isAdvised() {
			return
		}
	}
	t.Errorf("the heap at %#x has the flags %s", m.from, m.fields["VmFlags"])
}

// The room is mapped, and is nobody's once the goroutine has ended.
func TestRoom(t *testing.T) {
	from, end := room()
	if end-from != roomSize {
		t.Errorf("the room is at %#x to %#x", from, end)
	}
	for at := from; at < end; at = mappingAt(t, at).to {
		continue // over what is mapped without a gap, or there is no mapping
	}
	var m runtime.MemStats
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		if runtime.ReadMemStats(&m); m.StackInuse < roomSize {
			return
		}
		if time.Since(began) > 10*time.Second {
			t.Fatalf("%d bytes are in use as stacks", m.StackInuse)
		}
	}
}

func TestCode(t *testing.T) {
	from, size := code()
	at := reflect.ValueOf(TestCode).Pointer()
	if at < from || at >= from+size {
		t.Fatalf("the code is at %#x, %d bytes, which leaves out %#x", from, size, at)
	}
	if m := mappingAt(t, at); m.from > from || m.to < from+size {
		t.Errorf("the code is at %#x to %#x, but mapped from %#x to %#x", from, from+size, m.from, m.to)
	} else if m.fields["Rss"] != m.fields["Size"] {
		t.Errorf("of %s of code %s is mapped", m.fields["Size"], m.fields["Rss"])
	}
}
