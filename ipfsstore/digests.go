package ipfsstore

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/ipfs/go-cid"
	"github.com/ipnpm/ipnpm/internal/dirat"
	"github.com/ipnpm/ipnpm/tarball"
)

// digestTable maps an integrity to the UnixFS CID and size of the bytes that
// have it. It is a file of lines
//
//	integrity CID size crc32c
//
// that is only ever appended to, one short write a line under O_APPEND, so
// processes need no lock. Every line is preceded and followed by a newline
// (empty lines are skipped) and ends in its own checksum: a line torn by a
// kill neither passes for a shorter one nor spoils its successor. A later line
// overrides an earlier one. It is loaded at the first question and catches up
// with other processes' lines on a miss.
type digestTable struct {
	path string

	mu      sync.Mutex
	out     *os.File // opened by the first put
	loaded  int64    // bytes of the file that are in entries
	entries map[string]string
}

// maxDigestLine bounds one line: 88 of integrity, 59 of CID, the size.
const maxDigestLine = 256

// maxDigestFile is as much of the table as is ever read: some 8 million lines.
const maxDigestFile = 1 << 30

// get returns what is known of the integrity's strongest hash.
func (t *digestTable) get(integrity string) (cid.Cid, int64, bool) {
	key, err := digestKey(integrity)
	if err != nil {
		return cid.Undef, 0, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	rest, ok := t.entries[key]
	if !ok {
		if t.catchUp() != nil {
			return cid.Undef, 0, false
		}
		if rest, ok = t.entries[key]; !ok {
			return cid.Undef, 0, false
		}
	}
	return parseDigestValue(rest)
}

// roots lists the files of the table.
func (t *digestTable) roots() ([]cid.Cid, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.catchUp(); err != nil {
		return nil, err
	}
	out := make([]cid.Cid, 0, len(t.entries))
	for _, value := range t.entries {
		if c, _, ok := parseDigestValue(value); ok {
			out = append(out, c)
		}
	}
	return out, nil
}

// put records a mapping, unless that is what the table says already.
func (t *digestTable) put(integrity string, c cid.Cid, size int64) error {
	key, err := digestKey(integrity)
	if err != nil {
		return err
	}
	if err := checkCID(c); err != nil {
		return err
	}
	if size < 0 {
		return fmt.Errorf("%s: negative size %d", key, size)
	}
	if have, n, ok := t.get(integrity); ok && have.Equals(c) && n == size {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	value := c.String() + " " + strconv.FormatInt(size, 10)
	if err := t.append(digestLine(key, value)); err != nil {
		return fmt.Errorf("recording digest: %w", err)
	}
	if t.entries == nil {
		t.entries = make(map[string]string)
	}
	t.entries[key] = value
	return nil
}

// digestKey is the strongest hash of an integrity in canonical form. Of several
// as strong nobody can say here which is the content's, and to file it under
// another's would be to answer for that one with the wrong bytes.
func digestKey(integrity string) (string, error) {
	in, err := tarball.ParseIntegrity(integrity)
	if err != nil {
		return "", err
	}
	single, ok := in.Single()
	if !ok {
		return "", fmt.Errorf("integrity %q leaves open which of its hashes is the content's", integrity)
	}
	return single.String(), nil
}

func digestLine(key, value string) []byte {
	text := key + " " + value
	return fmt.Appendf(nil, "\n%s %08x\n", text, lineSum(text))
}

func lineSum(text string) uint32 {
	return crc32.Checksum([]byte(text), crc32.MakeTable(crc32.Castagnoli))
}

// append writes one line. The caller holds mu.
func (t *digestTable) append(line []byte) error {
	if t.out == nil {
		err := dirat.WithParent(t.path, func() (err error) {
			t.out, err = openAppend(t.path)
			return err
		})
		if err != nil {
			return err
		}
	}
	if _, err := t.out.Write(line); err != nil {
		return err
	}
	// Where nobody else has written since the last look, this line needs none.
	if end, err := t.out.Seek(0, io.SeekCurrent); err == nil && end == t.loaded+int64(len(line)) {
		t.loaded = end
	}
	return nil
}

func openAppend(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
}

func (t *digestTable) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.out == nil {
		return nil
	}
	err := t.out.Close()
	t.out = nil
	return err
}

// catchUp reads what was appended since the last call; a file that shrank was
// replaced and is read anew.
func (t *digestTable) catchUp() error {
	info, err := os.Stat(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || info.Size() == t.loaded {
		return err
	}
	f, err := os.Open(t.path)
	if err != nil {
		return err
	}
	defer f.Close()
	if info.Size() < t.loaded {
		t.loaded, t.entries = 0, nil
	}
	data, err := io.ReadAll(io.LimitReader(io.NewSectionReader(f, t.loaded, maxDigestFile), info.Size()-t.loaded))
	if err != nil {
		return err
	}
	if t.entries == nil {
		t.entries = make(map[string]string, len(data)/160)
	}
	t.loaded += int64(parseDigests(data, t.entries))
	return nil
}

// parseDigests adds data's good lines to entries and returns the number of
// bytes up to the last newline; what follows it may be a line being written.
func parseDigests(data []byte, entries map[string]string) int {
	done := 0
	for {
		end := bytes.IndexByte(data[done:], '\n')
		if end < 0 {
			return done
		}
		if key, value, ok := parseDigestLine(data[done : done+end]); ok {
			entries[key] = value
		}
		done += end + 1
	}
}

// parseDigestLine checks one line's shape and checksum; the CID is parsed
// when it is asked for, since of thousands of lines a run needs a few.
func parseDigestLine(line []byte) (key, value string, ok bool) {
	if len(line) == 0 || len(line) > maxDigestLine {
		return "", "", false
	}
	text, sum, ok := cutLast(string(line))
	if !ok || len(sum) != 8 {
		return "", "", false
	}
	want, err := strconv.ParseUint(sum, 16, 32)
	if err != nil || uint32(want) != lineSum(text) {
		return "", "", false
	}
	return strings.Cut(text, " ")
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ' ')
	if i < 0 {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

func parseDigestValue(value string) (cid.Cid, int64, bool) {
	text, number, ok := strings.Cut(value, " ")
	if !ok {
		return cid.Undef, 0, false
	}
	c, err := ParseCID(text)
	if err != nil {
		return cid.Undef, 0, false
	}
	size, err := strconv.ParseInt(number, 10, 64)
	if err != nil || size < 0 {
		return cid.Undef, 0, false
	}
	return c, size, true
}
