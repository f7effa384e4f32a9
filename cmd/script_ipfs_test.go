package cmd

import (
	"bytes"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ipnpm/ipnpm/internal/kubotest"
)

type scriptKubo struct{ *kubotest.Node }

// kuboCommand is
//
//	kubo           start a real Kubo, offline; again: another one
//	kubo online    start one with a network of its own on loopback
//	kubo peer      start another one, connected to that
//	kubo kill      end it at once, its file "api" stays
//	kubo kill-first  end the one that was started before it
//	kubo announce-first FILE  have that one announce the CIDs that stand in the file
//	kubo pin FILE  pin the root that stands in the file
//	kubo run ARGS  run ipfs against it
//	kubo forget    remove the tarballs of its registries: raw blocks that hold gzip
//
// $KUBO becomes the address of its RPC, $KUBO_REPO its repository and
// $KUBO_GATEWAY its gateway.
func kuboCommand(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	switch strings.Join(args[:min(1, len(args))], "") {
	case "", "online", "peer":
		o := kubotest.Options{Online: len(args) > 0}
		if len(args) > 0 && args[0] == "peer" {
			o.Peers = []*kubotest.Node{w.kubo.Node}
		}
		w.before = w.kubo
		w.kubo = &scriptKubo{kubotest.Start(w.t, o)}
		ts.Setenv("KUBO", w.kubo.API)
		ts.Setenv("KUBO_REPO", w.kubo.RepoPath)
		ts.Setenv("KUBO_GATEWAY", w.kubo.Gateway)
	case "kill":
		w.kubo.Kill()
	case "kill-first":
		w.before.Kill()
	case "announce-first":
		w.before.Announce(w.t, strings.Fields(ts.ReadFile(args[1]))...)
	case "forget":
		w.kubo.forget(w.t)
	case "pin":
		w.kubo.Run(w.t, nil, "pin", "add", "--name=team", strings.TrimSpace(ts.ReadFile(args[1])))
	case "run":
		_, err := io.WriteString(ts.Stdout(), w.kubo.Run(w.t, nil, args[1:]...))
		ts.Check(err)
	default:
		ts.Fatalf("usage: kubo [online|peer|kill|kill-first|announce-first FILE|pin FILE|forget|run ARGS...]")
	}
}

// forget leaves of what was published the index alone.
func (k *scriptKubo) forget(t testing.TB) {
	for c := range strings.FieldsSeq(k.Run(t, nil, "pin", "ls", "--type=recursive", "--quiet")) {
		k.Run(t, nil, "pin", "rm", c)
	}
	for c := range strings.FieldsSeq(k.Run(t, nil, "refs", "local")) {
		if data := k.Run(t, nil, "block", "get", c); strings.HasPrefix(data, "\x1f\x8b") {
			k.Run(t, nil, "block", "rm", c)
		}
	}
}

// gatewayCommand is "gateway MODE": a gateway before the script's Kubo, or without
// one before its "ipnpm serve", its address in $GATEWAY; with "gateway tls CAFILE
// MODE" it is an https one, whose certificate comes into the file. With ok it passes answers on; with lie it changes a byte
// of blocks, with forge one of IPNS records, with truncate it breaks off in
// the middle, with cut only of CARs, and a number is the status of every answer.
// Naming another mode changes it. "gateway answered N" fails when it has given
// more than N answers in the mode.
func gatewayCommand(ts *testscript.TestScript, _ bool, args []string) {
	w := worldOf(ts)
	secure := args[0] == "tls"
	if w.gateway == nil {
		w.gateway = &lyingGateway{}
		server := httptest.NewUnstartedServer(w.gateway)
		if secure {
			server.StartTLS()
			certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
			ts.Check(os.WriteFile(ts.MkAbs(args[1]), certificate, 0o644))
		} else {
			server.Start()
		}
		w.t.Cleanup(server.Close)
		ts.Setenv("GATEWAY", server.URL)
	}
	if secure {
		args = args[2:]
	}
	if args[0] == "answered" {
		if most, err := strconv.Atoi(args[1]); err != nil || w.gateway.answers.Load() > int64(most) {
			ts.Fatalf("%d answers, more than %s", w.gateway.answers.Load(), args[1])
		}
		return
	}
	w.gateway.answers.Store(0)
	if w.kubo != nil {
		w.gateway.behind.Store(&w.kubo.Gateway)
	} else if w.serve != nil {
		w.gateway.behind.Store(&w.serve.Gateway)
	}
	w.gateway.mode.Store(&args[0])
}

type lyingGateway struct {
	mode, behind atomic.Pointer[string]
	answers      atomic.Int64
}

// ServeHTTP implements [http.Handler].
func (g *lyingGateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.answers.Add(1)
	mode := *g.mode.Load()
	if status, err := strconv.Atoi(mode); err == nil {
		w.WriteHeader(status)
		return
	}
	behind := g.behind.Load()
	if behind == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	header, status, body, err := g.ask(r, *behind)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	for key, values := range header {
		w.Header()[key] = values
	}
	w.WriteHeader(status)
	record := strings.HasPrefix(r.URL.Path, "/ipns/")
	if len(body) > 0 && (mode == "lie" && !record || mode == "forge" && record) {
		body[len(body)/2] ^= 1
	}
	if (mode == "truncate" || mode == "cut" && r.URL.Query().Get("format") == "car") && len(body) > 0 {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body)
}

func (g *lyingGateway) ask(r *http.Request, behind string) (http.Header, int, []byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, 0, nil, err
	}
	req, err := http.NewRequestWithContext(r.Context(), r.Method, behind+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, 0, nil, err
	}
	req.Header = r.Header.Clone()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, 0, nil, err
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	resp.Header.Del("Content-Length")
	return resp.Header, resp.StatusCode, body, err
}
