package ipfsstore

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func TestHandover(t *testing.T) {
	s := openStore(t, Options{})
	var keys [3]Key
	for i, name := range []string{"old", "new", "third"} {
		var err error
		if keys[i], err = s.Keys().Generate(name); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Date(2026, 1, 31, 12, 0, 0, 5, time.FixedZone("x", 3600))
	h, err := SignHandover(keys[0], keys[1].ID(), at)
	if err != nil || h.From != keys[0].ID() || h.To != keys[1].ID() || !h.Time.Equal(at.Truncate(time.Second)) {
		t.Fatalf("%+v %v", h, err)
	}
	if _, err := s.Handover(h.From); !errors.Is(err, ErrNotFound) {
		t.Errorf("before: %v", err)
	}
	for range 2 {
		if err := s.RememberHandover(h); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Handover("ipns://" + h.From); err != nil || got != h {
		t.Errorf("%+v %v", got, err)
	}
	// Whoever has the old key later cannot take back what it said.
	other, err := SignHandover(keys[0], keys[2].ID(), at)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.RememberHandover(other); !isHandover(err) {
		t.Errorf("another one: %v", err)
	}
	if err := os.WriteFile(s.handoverPath(keys[0].id), []byte(strings.Replace(h.Text, "2026", "2027", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Handover(h.From); !isHandover(err) {
		t.Errorf("a damaged one: %v", err)
	}
}

func isHandover(err error) bool {
	_, ok := errors.AsType[*HandoverError](err)
	return ok
}

func TestBadHandovers(t *testing.T) {
	key := fixedKey(t)
	good := goodHandover(t, key)
	to := strings.Fields(good)[2]
	for name, text := range map[string]string{
		"nothing":           "",
		"another format":    strings.Replace(good, "handover-1", "handover-2", 1),
		"another heir":      strings.Replace(good, to, "k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8", 1),
		"another time":      strings.Replace(good, "2026", "2027", 1),
		"no signature":      good[:strings.LastIndex(good, " ")],
		"a cut signature":   good[:len(good)-4],
		"a longer one":      good + "AAAA",
		"spaces":            strings.Replace(good, " ", "  ", 1),
		"a line end":        good + "\n",
		"to itself":         strings.Replace(good, to, key.ID(), 1),
		"a name in base58":  strings.Replace(good, to, "12D3KooWGC6TvWhfapngX6wvJHMYvKpDMXPb3ZnCZ6dMoaMtimQ5", 1),
		"far too long":      good + strings.Repeat("A", maxHandover),
		"signed by another": strings.Replace(good, key.ID(), to, 1),
	} {
		if h, err := ParseHandover(text); !isHandover(err) {
			t.Errorf("%s: %+v %v", name, h, err)
		}
	}
	if _, err := SignHandover(key, "nonsense", time.Now()); err == nil {
		t.Error("handed over to no name")
	}
}

func goodHandover(t testing.TB, key Key) string {
	t.Helper()
	h, err := SignHandover(key, "k51qzi5uqu5dkkciu33khkzbcmxtyhn376i1e83tya8kuy7z9euedzyr5nhoew", time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	return h.Text
}

func FuzzParseHandover(f *testing.F) {
	good := goodHandover(f, fixedKey(f))
	f.Add(good)
	f.Add(strings.ToUpper(good))
	f.Add(good[:len(good)/2])
	f.Add("ipnpm-handover-1    ")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseHandover(text)
		if err != nil {
			return
		}
		// Nobody but the key's owner makes statements.
		if text != good || h.Text != text || h.Time.IsZero() {
			t.Errorf("forged: %q", text)
		}
	})
}
