package ipfsstore

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ipnpm/ipnpm/internal/kubotest"
)

// pinningService is a service with the IPFS Pinning Service API
// (https://ipfs.github.io/pinning-services-api-spec/), as far as Kubo asks it. It
// names no delegates, which Kubo would try to connect to.
type pinningService struct {
	token string

	mu   sync.Mutex
	made int
	pins map[string]*servicePin // by request
}

type servicePin struct {
	ID        string         `json:"requestid"`
	Status    string         `json:"status"`
	Created   string         `json:"created"`
	Pin       map[string]any `json:"pin"`
	Delegates []string       `json:"delegates"`
}

func (p *pinningService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id := strings.TrimPrefix(r.URL.Path, "/pins/")
	switch {
	case r.Header.Get("Authorization") != "Bearer "+p.token:
		p.say(w, http.StatusUnauthorized, map[string]any{"error": map[string]string{"reason": "UNAUTHORIZED"}})
	case r.Method == http.MethodGet && r.URL.Path == "/pins":
		list := p.matching(r)
		p.say(w, http.StatusOK, map[string]any{"count": len(list), "results": list})
	case r.Method == http.MethodPost && r.URL.Path == "/pins":
		p.made++
		pin := &servicePin{ID: fmt.Sprint(p.made), Status: "queued", Created: "2026-11-26T09:00:00Z", Delegates: []string{}}
		if json.NewDecoder(r.Body).Decode(&pin.Pin) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		p.pins[pin.ID] = pin
		p.say(w, http.StatusAccepted, pin)
	case r.Method == http.MethodDelete && p.pins[id] != nil:
		delete(p.pins, id)
		w.WriteHeader(http.StatusAccepted)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// matching are the pins that a question is about; without a status it is about
// those that are complete.
func (p *pinningService) matching(r *http.Request) []*servicePin {
	statuses, cids := []string{"pinned"}, strings.Split(r.FormValue("cid"), ",")
	if s := r.FormValue("status"); s != "" {
		statuses = strings.Split(s, ",")
	}
	list := []*servicePin{}
	for _, pin := range p.pins {
		if slices.Contains(statuses, pin.Status) && (cids[0] == "" || slices.Contains(cids, pin.Pin["cid"].(string))) {
			list = append(list, pin)
		}
	}
	return list
}

func (p *pinningService) say(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// have is what the service was asked to keep.
func (p *pinningService) have() (out []*servicePin) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, pin := range p.pins {
		out = append(out, pin)
	}
	return out
}

// TestPinRemote has a real Kubo pin and unpin at a service.
func TestPinRemote(t *testing.T) {
	t.Parallel()
	node := kubotest.Start(t, kubotest.Options{})
	kubo := kuboOf(t, node.API, KuboOptions{})
	service := &pinningService{token: "secret", pins: map[string]*servicePin{}}
	at := httptest.NewServer(service)
	defer at.Close()
	node.Run(t, nil, "pin", "remote", "service", "add", "team", at.URL, "secret")
	node.Run(t, nil, "pin", "remote", "service", "add", "stranger", at.URL, "guess")
	c := newContent()
	root, other := c.add(t, []byte("a closure")), c.add(t, []byte("another"))
	filled(t, kubo, c)

	for _, status := range []string{"queued", "pinning", "pinned", "failed"} {
		if _, err := kubo.PinRemote(testContext(t), "team", other, "other"); err != nil {
			t.Fatal(err)
		}
		said, err := kubo.PinRemote(testContext(t), "team", root, "shop")
		if err != nil || said != "queued" {
			t.Fatalf("said %q, %v", said, err)
		}
		pins := service.have()
		at := slices.IndexFunc(pins, func(p *servicePin) bool { return p.Pin["cid"] == root.String() })
		if len(pins) != 2 || at < 0 || pins[at].Pin["name"] != "shop" {
			t.Fatalf("the service has %+v", pins)
		}
		pins[at].Status = status
		if err := kubo.UnpinRemote(testContext(t), "team", root); err != nil {
			t.Errorf("one that is %s: %v", status, err)
		}
		if left := service.have(); len(left) != 1 || left[0].Pin["cid"] != other.String() {
			t.Errorf("one that was %s was not taken back, or more than that: %+v", status, left)
		}
		if err := kubo.UnpinRemote(testContext(t), "team", other); err != nil {
			t.Error(err)
		}
	}
	if _, err := kubo.PinRemote(testContext(t), "stranger", root, "shop"); err == nil || !strings.Contains(err.Error(), "UNAUTHORIZED") {
		t.Errorf("with a bad token: %v", err)
	}
}
