package kubotest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// Options choose how [Start] sets a daemon up.
type Options struct {
	// Online runs the daemon with a network, on loopback only, and with a DHT;
	// otherwise it runs with --offline.
	Online bool
	// Peers are the nodes to connect to, online ones, once the daemon is up. As
	// bootstrap peers they would be dialled before bitswap listens for
	// connections, and then never be asked for a block (Kubo 0.42).
	Peers []*Node
	// Config overrides configuration by dotted key ("Import.CidVersion": 1).
	Config map[string]any
}

// Node is a running daemon.
type Node struct {
	// API is the multiaddr of the RPC, as in the repository's file "api".
	API string
	// Gateway is the gateway's URL, without a slash at the end.
	Gateway string
	// RepoPath is the node's IPFS_PATH.
	RepoPath string

	bin string
	cmd *exec.Cmd
	log *syncBuffer
}

// readyTime bounds the start of a daemon on a busy machine.
const readyTime = 60 * time.Second

// Start sets a daemon up and waits until it serves. The test fails when it
// does not; the daemon is killed when the test ends.
func Start(t testing.TB, o Options) *Node {
	t.Helper()
	n, err := StartIn(filepath.Join(t.TempDir(), "ipfs"), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Kill)
	for _, p := range o.Peers {
		n.Run(t, nil, "swarm", "connect", p.swarmAddr(t))
	}
	return n
}

// StartIn is [Start] for programs, which say where the repository is made and
// kill the daemon themselves. [Options.Peers] are the caller's to connect.
func StartIn(repo string, o Options) (*Node, error) {
	bin, err := Binary()
	if err != nil {
		return nil, fmt.Errorf("kubotest: %w", err)
	}
	n := &Node{RepoPath: repo, bin: bin, log: &syncBuffer{}}
	if _, err := n.command(nil, "init", "--profile=test"); err != nil {
		return nil, fmt.Errorf("kubotest: init: %w", err)
	}
	if err := n.configure(o); err != nil {
		return nil, fmt.Errorf("kubotest: configuring: %w", err)
	}
	args := []string{"daemon", "--migrate=false"}
	if !o.Online {
		args = append(args, "--offline")
	}
	n.cmd = n.exec(context.Background(), args...)
	n.cmd.Stdout, n.cmd.Stderr = n.log, n.log
	if err := n.cmd.Start(); err != nil {
		return nil, fmt.Errorf("kubotest: %w", err)
	}
	if err := n.ready(); err != nil {
		n.Kill()
		return nil, fmt.Errorf("kubotest: %w; the daemon said:\n%s", err, n.log)
	}
	return n, nil
}

// PID is the daemon's process.
func (n *Node) PID() int { return n.cmd.Process.Pid }

// Kill ends the daemon at once, as a power cut does: its file "api" stays. It
// may be called more than once.
func (n *Node) Kill() {
	if n.cmd.ProcessState == nil {
		_ = n.cmd.Process.Kill()
		_ = n.cmd.Wait()
	}
}

// Run runs the ipfs command against the daemon and returns its output.
func (n *Node) Run(t testing.TB, stdin []byte, args ...string) string {
	t.Helper()
	out, err := n.command(stdin, args...)
	if err != nil {
		t.Fatalf("kubotest: ipfs %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// Announce has the node tell its peers now that it has these CIDs. By itself Kubo 0.42
// does so in the background, and of two it has been seen not to tell of one for a minute.
func (n *Node) Announce(t testing.TB, cids ...string) {
	t.Helper()
	args := append([]string{"routing", "provide"}, cids...)
	_, err := n.command(nil, args...)
	// A peer that has just connected is not yet in the routing table.
	for end := time.Now().Add(readyTime); err != nil && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		_, err = n.command(nil, args...)
	}
	if err != nil {
		t.Fatalf("kubotest: announcing: %v", err)
	}
}

// Log is what the daemon has printed.
func (n *Node) Log() string { return n.log.String() }

func (n *Node) exec(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, n.bin, args...)
	cmd.Env = append(os.Environ(), "IPFS_PATH="+n.RepoPath, "IPFS_TELEMETRY=off")
	return cmd
}

func (n *Node) command(stdin []byte, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), readyTime)
	defer cancel()
	cmd := n.exec(ctx, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w: %s", err, stderr.String())
	}
	return stdout.String(), nil
}

// configure edits the configuration file: the command takes a process a key.
func (n *Node) configure(o Options) error {
	path := filepath.Join(n.RepoPath, "config")
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var config map[string]any
	if err := json.Unmarshal(data, &config); err != nil {
		return err
	}
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	n.API = fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", ports[0])
	n.Gateway = fmt.Sprintf("http://127.0.0.1:%d", ports[1])
	for key, value := range n.settings(o, ports) {
		set(config, key, value)
	}
	for key, value := range o.Config {
		set(config, key, value)
	}
	data, err = json.MarshalIndent(config, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}

func (n *Node) settings(o Options, ports []int) map[string]any {
	routing := "none"
	if o.Online {
		routing = "dht"
	}
	return map[string]any{
		"Addresses.API":            n.API,
		"Addresses.Gateway":        fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", ports[1]),
		"Addresses.Swarm":          []string{fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", ports[2])},
		"AutoConf.Enabled":         false,
		"AutoTLS.Enabled":          false,
		"Bootstrap":                []string{},
		"DNS.Resolvers":            map[string]string{},
		"Gateway.NoFetch":          !o.Online,
		"Ipns.DelegatedPublishers": []string{},
		"Routing.DelegatedRouters": []string{},
		"Routing.Type":             routing,
		"Discovery.MDNS.Enabled":   false,
	}
}

// set stores value under a dotted key.
func set(config map[string]any, key string, value any) {
	head, rest, nested := strings.Cut(key, ".")
	if !nested {
		config[head] = value
		return
	}
	inner, ok := config[head].(map[string]any)
	if !ok {
		inner = make(map[string]any)
		config[head] = inner
	}
	set(inner, rest, value)
}

// freePorts finds ports that were free a moment ago.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}

// ready waits for the daemon's word that it serves, and for the RPC.
func (n *Node) ready() error {
	deadline := time.Now().Add(readyTime)
	for time.Now().Before(deadline) {
		if strings.Contains(n.log.String(), "Daemon is ready") && n.answers() {
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return fmt.Errorf("daemon not ready within %v", readyTime)
}

func (n *Node) answers() bool {
	_, port, _ := strings.Cut(n.API, "/tcp/")
	resp, err := http.Post("http://127.0.0.1:"+port+"/api/v0/version", "", nil)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode == http.StatusOK
}

// Swarm is the node's address with its peer ID.
func (n *Node) Swarm() string {
	data, err := os.ReadFile(filepath.Join(n.RepoPath, "config"))
	var config struct {
		Identity  struct{ PeerID string }
		Addresses struct{ Swarm []string }
	}
	if err != nil || json.Unmarshal(data, &config) != nil || len(config.Addresses.Swarm) == 0 {
		return ""
	}
	return config.Addresses.Swarm[0] + "/p2p/" + config.Identity.PeerID
}

func (n *Node) swarmAddr(t testing.TB) string {
	t.Helper()
	addr := n.Swarm()
	if addr == "" {
		t.Fatal("kubotest: peer has no swarm address")
	}
	return addr
}

// syncBuffer collects a process's output while it is being read.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// String is all that was written.
func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
