package ipfsstore

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ipfs/go-cid"
)

// records makes a source that serves one record.
func recordSource(name string, key Key, record []byte) *memory {
	c := newContent()
	if record != nil {
		c.records[key.ID()] = record
	}
	return &memory{content: c, name: name}
}

func TestResolveNewestWins(t *testing.T) {
	key := testKey(t)
	older, newer := rawCID([]byte("older")), rawCID([]byte("newer"))
	s := openStore(t, Options{Sources: []Source{
		recordSource("none", key, nil),
		recordSource("lagging", key, testRecord(t, key, older, 4, time.Hour)),
		recordSource("fresh", key, testRecord(t, key, newer, 5, time.Hour)),
	}})
	for _, name := range []string{key.ID(), "/ipns/" + key.ID(), "ipns://" + key.ID() + "/"} {
		got, err := s.Resolve(testContext(t), name, ResolveOptions{})
		if err != nil || !got.Root.Equals(newer) || got.Sequence != 5 || got.Source != "fresh" || got.Stale || got.TTL != time.Minute {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestResolveRollback(t *testing.T) {
	key := testKey(t)
	dir := t.TempDir()
	src := recordSource("m", key, testRecord(t, key, rawCID([]byte("new")), 9, time.Hour))
	s := openStore(t, Options{Dir: dir, Sources: []Source{src}})
	if _, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{}); err != nil {
		t.Fatal(err)
	}
	old := rawCID([]byte("old"))
	src.records[key.ID()] = testRecord(t, key, old, 8, time.Hour)
	s = openStore(t, Options{Dir: dir, Sources: []Source{src}})
	_, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{})
	var rollback *RollbackError
	if !errors.As(err, &rollback) || rollback.Got != 8 || rollback.Seen != 9 || !rollback.GotRoot.Equals(old) {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(rollback.Hint(), "--allow-rollback") {
		t.Errorf("no way round in %q", rollback.Hint())
	}
	got, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{AllowRollback: true})
	if err != nil || got.Sequence != 8 {
		t.Fatalf("allowed: %+v, %v", got, err)
	}
	if got, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{}); err != nil || got.Sequence != 8 {
		t.Errorf("after it was allowed: %+v, %v", got, err)
	}
}

func TestResolveExpired(t *testing.T) { synctest.Test(t, resolveExpired) }

func resolveExpired(t *testing.T) {
	key := testKey(t)
	dir := t.TempDir()
	src := recordSource("m", key, testRecord(t, key, rawCID(nil), 3, -time.Minute))
	s := openStore(t, Options{Dir: dir, Sources: []Source{src}})
	_, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{})
	var expired *ExpiredError
	if !errors.As(err, &expired) || expired.Source != "m" || expired.Sequence != 3 {
		t.Fatalf("got %v", err)
	}
	if len(s.Dropped()) != 0 {
		t.Errorf("an expired record is no lie: %v", s.Dropped())
	}

	src.records[key.ID()] = testRecord(t, key, rawCID(nil), 4, time.Second)
	if _, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	got, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{Offline: true})
	if err != nil || !got.Stale || !got.Expired(time.Now()) || got.Age(time.Now()) <= 0 || got.Source != OwnStore {
		t.Errorf("offline: %+v, %v", got, err)
	}
	delete(src.records, key.ID())
	if _, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{}); !errors.As(err, &expired) {
		t.Errorf("online with nobody answering: %v", err)
	}
	if got, err := openStore(t, Options{Dir: dir, Offline: true}).Resolve(testContext(t), key.ID(), ResolveOptions{}); err != nil || !got.Stale {
		t.Errorf("offline store: %+v, %v", got, err)
	}
}

func TestResolveFromMemory(t *testing.T) {
	key := testKey(t)
	src := recordSource("m", key, testRecord(t, key, rawCID(nil), 1, time.Hour))
	s := openStore(t, Options{Sources: []Source{src}})
	if _, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{Offline: true}); !errors.As(err, new(*UnresolvedError)) {
		t.Errorf("nothing remembered: %v", err)
	}
	if _, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{}); err != nil {
		t.Fatal(err)
	}
	got, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{MaxAge: time.Hour})
	if err != nil || got.Stale || src.asked.Load() != 1 {
		t.Errorf("young enough: %+v, %v, asked %d times", got, err, src.asked.Load())
	}
	src.before = func(context.Context) error { return errors.New("refused") }
	got, err = s.Resolve(testContext(t), key.ID(), ResolveOptions{})
	if err != nil || !got.Stale {
		t.Errorf("sources down: %+v, %v", got, err)
	}
}

func TestResolveForged(t *testing.T) {
	key, other := testKey(t), testKey(t)
	good := testRecord(t, key, rawCID([]byte("good")), 2, time.Hour)
	forged := map[string][]byte{
		"another's signature": testRecord(t, other, rawCID([]byte("evil")), 99, time.Hour),
		"truncated":           good[:len(good)-20],
		"empty":               {},
		"noise":               randomBytes(5, 300),
		"too long":            append(bytes.Clone(good), make([]byte, 11<<10)...),
		"flipped bit":         flip(good, len(good)/2),
	}
	for what, data := range forged {
		t.Run(what, func(t *testing.T) {
			s := openStore(t, Options{Sources: []Source{recordSource("forger", key, data)}})
			_, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{})
			var bad *RecordError
			if !errors.As(err, &bad) || bad.Source != "forger" {
				t.Errorf("alone: %v", err)
			}
			if len(s.Dropped()) != 1 {
				t.Error("the forger is still trusted")
			}
			s = openStore(t, Options{Sources: []Source{recordSource("forger", key, data), recordSource("honest", key, good)}})
			if got, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{}); err != nil || got.Source != "honest" {
				t.Errorf("beside an honest source: %+v, %v", got, err)
			}
		})
	}
}

func flip(data []byte, at int) []byte {
	out := bytes.Clone(data)
	out[at] ^= 0x10
	return out
}

func TestResolveDoesNotWaitForTheSlow(t *testing.T) { synctest.Test(t, resolveDoesNotWait) }

func resolveDoesNotWait(t *testing.T) {
	key := testKey(t)
	hang := recordSource("hang", key, nil)
	hang.before = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	s := openStore(t, Options{Sources: []Source{hang, recordSource("m", key, testRecord(t, key, rawCID(nil), 1, time.Hour))}})
	start := time.Now()
	got, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{Grace: 10 * time.Millisecond})
	if err != nil || got.Source != "m" || time.Since(start) > 10*time.Millisecond {
		t.Errorf("%+v, %v after %v", got, err, time.Since(start))
	}
	s = openStore(t, Options{Sources: []Source{hang}})
	_, err = s.Resolve(testContext(t), key.ID(), ResolveOptions{Timeout: 10 * time.Millisecond})
	if !errors.As(err, new(*UnresolvedError)) || !strings.Contains(err.Error(), "hang: no answer in time") {
		t.Errorf("got %v", err)
	}
}

func TestDamagedMemoryIsReplaced(t *testing.T) {
	key := testKey(t)
	s := openStore(t, Options{Sources: []Source{recordSource("m", key, testRecord(t, key, rawCID(nil), 1, time.Hour))}})
	if _, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.names.path(key.id), []byte(`{"record":`), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{}); err != nil || got.Sequence != 1 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if _, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{Offline: true}); err != nil {
		t.Errorf("not repaired: %v", err)
	}
}

func TestParseName(t *testing.T) {
	for _, bad := range []string{"", "/ipns/", "example.com", "k51", "/ipfs/bafkqaaa", strings.Repeat("k", 1000), "../../etc/passwd"} {
		if n, err := ParseName(bad); err == nil {
			t.Errorf("%q parses as %s", bad, n)
		}
	}
}

func TestPublishCountsUp(t *testing.T) {
	key := testKey(t)
	ahead := recordSource("elsewhere", key, testRecord(t, key, rawCID(nil), 41, -time.Hour))
	s := openStore(t, Options{Sources: []Source{ahead}})
	root := rawCID([]byte("root"))
	for _, want := range []uint64{42, 43} {
		got, err := s.Publish(testContext(t), key, root, 0, 0)
		if err != nil || got.Sequence != want || !got.Root.Equals(root) {
			t.Fatalf("%+v, %v, want sequence %d", got, err, want)
		}
		if life := time.Until(got.Validity); life < DefaultLifetime-time.Minute || got.TTL != DefaultTTL {
			t.Errorf("lifetime %v, ttl %v", life, got.TTL)
		}
	}
	if got, err := s.Resolve(testContext(t), key.ID(), ResolveOptions{Offline: true}); err != nil || got.Sequence != 43 {
		t.Errorf("own memory: %+v, %v", got, err)
	}
	if _, err := s.Publish(testContext(t), key, cid.Undef, 0, 0); err == nil {
		t.Error("an undefined root was published")
	}
}
