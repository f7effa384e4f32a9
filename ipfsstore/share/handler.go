package share

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/ipfs/go-cid"

	"github.com/ipnpm/ipnpm/ipfsstore"
)

const (
	rawType    = "application/vnd.ipld.raw"
	carType    = "application/vnd.ipld.car"
	recordType = "application/vnd.ipfs.ipns-record"
	// emptyBlock is the identity CID by which clients try what a gateway is.
	emptyBlock = "bafkqaaa"
	forever    = "public, max-age=29030400, immutable"
)

// Self is how others reach this machine by bitswap.
type Self struct {
	// ID is the peer's name, "" without bitswap.
	ID string
	// Addrs are its addresses, without the name.
	Addrs func() []string
}

// web is the share over HTTP.
type web struct {
	out  *Outlet
	self Self
}

// Handler is the share over HTTP. Loopback says that it is for this machine
// alone, see the package's comment.
func (s *Share) Handler(self Self, loopback bool) http.Handler {
	h := web{s.Outlet("gateway"), self}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ipfs/{cid}", h.content)
	mux.HandleFunc("GET /ipfs/{cid}/{path...}", h.content)
	mux.HandleFunc("GET /ipns/{name}", h.name)
	mux.HandleFunc("GET /routing/v1/ipns/{name}", h.routeName)
	mux.HandleFunc("GET /routing/v1/providers/{cid}", h.providers)
	mux.Handle("GET /metrics", s.metrics)
	if !loopback {
		return mux
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ownHost(r.Host) {
			http.Error(w, "this gateway serves this machine alone", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// ownHost tells whether a request names this machine in a way that no other can
// claim: by an address, or as localhost.
func ownHost(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil || host == "localhost"
}

// format is what is asked for: by ?format=, which counts more, or by Accept.
func format(r *http.Request) string {
	switch f := r.URL.Query().Get("format"); f {
	case "raw":
		return rawType
	case "car":
		return carType
	case "ipns-record":
		return recordType
	case "":
	default:
		return f
	}
	for accept := range strings.SplitSeq(strings.Join(r.Header.Values("Accept"), ","), ",") {
		kind, _, _ := strings.Cut(strings.TrimSpace(accept), ";")
		switch kind {
		case rawType, carType, recordType:
			return kind
		}
	}
	return ""
}

func (h web) content(w http.ResponseWriter, r *http.Request) {
	text, way := r.PathValue("cid"), strings.Trim(r.PathValue("path"), "/")
	kind := format(r)
	if kind != rawType && kind != carType {
		http.Error(w, "ask for ?format=raw or ?format=car: only what can be verified is served", http.StatusNotAcceptable)
		return
	}
	if text == emptyBlock && kind == rawType {
		setImmutable(w, text, rawType, ".bin", `"`+text+`.raw"`)
		return
	}
	c, err := ipfsstore.ParseCID(text)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if _, ok := h.out.HeldSize(c); !ok {
		http.Error(w, "block "+text+" is not here", http.StatusNotFound)
		return
	}
	if kind == carType {
		h.car(w, r, c, way)
		return
	}
	if way != "" {
		http.Error(w, "ask for ?format=car: what is at a path cannot be verified without the way there", http.StatusNotAcceptable)
		return
	}
	h.raw(w, r, c)
}

func (h web) raw(w http.ResponseWriter, r *http.Request, c cid.Cid) {
	tag := `"` + c.String() + `.raw"`
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	if size, ok := h.out.HeldSize(c); ok && r.Method == http.MethodHead {
		setImmutable(w, c.String(), rawType, ".bin", tag)
		w.Header().Set("Content-Length", strconv.Itoa(size))
		return
	}
	b, err := h.out.Held(r.Context(), c)
	if err != nil {
		fail(w, err)
		return
	}
	setImmutable(w, c.String(), rawType, ".bin", tag)
	w.Header().Set("Content-Length", strconv.Itoa(len(b.RawData())))
	_, _ = w.Write(b.RawData()) //nolint:gosec // an attachment that no browser takes for a page; who asked may be gone
}

// setImmutable sets the headers of what never changes.
func setImmutable(w http.ResponseWriter, root, kind, suffix, tag string) {
	header := w.Header()
	header.Set("Content-Type", kind)
	header.Set("Content-Disposition", attachment(root+suffix))
	header.Set("Cache-Control", forever)
	header.Set("Etag", tag)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("X-Ipfs-Roots", root)
}

func attachment(file string) string {
	return fmt.Sprintf(`attachment; filename="%s"; filename*=UTF-8''%s`, file, file)
}

func fail(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, ipfsstore.ErrSharded):
		status = http.StatusNotImplemented
	case errors.Is(err, ipfsstore.ErrNotFound):
		status = http.StatusNotFound
	}
	http.Error(w, err.Error(), status)
}

func (h web) name(w http.ResponseWriter, r *http.Request) {
	if format(r) != recordType {
		http.Error(w, "ask for ?format=ipns-record: only what can be verified is served", http.StatusNotAcceptable)
		return
	}
	h.record(w, r, func(err error) { fail(w, err) })
}

// routeName tells of an absence with 200 and a text, as the routing API does
// since IPIP-513.
func (h web) routeName(w http.ResponseWriter, r *http.Request) {
	h.record(w, r, func(err error) {
		if !errors.Is(err, ipfsstore.ErrNotFound) {
			fail(w, err)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("no record of that name is here\n"))
	})
}

func (h web) record(w http.ResponseWriter, r *http.Request, absent func(error)) {
	name, err := ipfsstore.ParseName(r.PathValue("name"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	rec, err := h.out.HeldRecord(name)
	if err != nil {
		absent(err)
		return
	}
	left := max(0, min(rec.TTL, time.Until(rec.Validity)))
	header := w.Header()
	header.Set("Content-Type", recordType)
	header.Set("Content-Disposition", attachment(name.String()+".ipns-record"))
	header.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(left.Seconds())))
	header.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(rec.Bytes)
}

// provider is one entry of the routing API's answer, in its words.
type provider struct {
	Schema    string
	ID        string
	Addrs     []string
	Protocols []string
}

func (h web) providers(w http.ResponseWriter, r *http.Request) {
	c, err := ipfsstore.ParseCID(r.PathValue("cid"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	list := []provider{}
	if _, ok := h.out.HeldSize(c); ok && h.self.ID != "" {
		list = append(list, provider{"peer", h.self.ID, h.self.Addrs(), []string{"transport-bitswap"}})
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "public, max-age=15")
	_ = json.NewEncoder(w).Encode(map[string]any{"Providers": list})
}
