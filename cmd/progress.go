package cmd

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// progress draws one line on a terminal while a command works: what each phase
// has done so far, since they overlap, what came from the network and how fast,
// and once something takes long, its name. Off a terminal, in CI and when silent
// it is never made, and a nil *progress does nothing, so that callers need not
// ask.
//
// The line is drawn by a clock and not by the work, so that it is calm when much
// happens and goes on when nothing does. It shows only after a moment: what is
// done by then needs none. No cursor is hidden and no mode is set; a process that
// is killed leaves at worst the line.
type progress struct {
	mu    sync.Mutex
	w     io.Writer
	width func() int   // in columns, asked anew for each drawing; 0 is unknown
	bytes func() int64 // from the network so far

	count map[string]*phaseCount
	open  map[*task]bool
	rate  rate

	line   string // as it stands on the terminal
	asides int    // others who have the terminal now
	closed bool
	ended  chan struct{}
}

type phaseCount struct{ done, total int }

// task is what is being done about one package.
type task struct {
	item  string
	since time.Time
}

const (
	// progressDelay passes before the first drawing, progressEvery between two.
	progressDelay = 200 * time.Millisecond
	progressEvery = 100 * time.Millisecond
)

func newProgress(w io.Writer, width func() int, bytes func() int64) *progress {
	p := &progress{w: w, width: width, bytes: bytes, count: map[string]*phaseCount{}, open: map[*task]bool{}, ended: make(chan struct{})}
	go p.run()
	return p
}

func (p *progress) run() {
	wait := time.NewTimer(progressDelay)
	defer wait.Stop()
	for {
		select {
		case <-p.ended:
			return
		case now := <-wait.C:
			p.draw(now)
			wait.Reset(progressEvery)
		}
	}
}

// Phase begins a phase or raises its total; see install.Reporter.
func (p *progress) Phase(name string, total int) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of(name).total = max(total, p.of(name).total)
}

// Step counts one finished item of a phase; see install.Reporter.
func (p *progress) Step(name, _ string, _ int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of(name).done++
}

func (p *progress) of(name string) *phaseCount {
	c := p.count[name]
	if c == nil {
		c = &phaseCount{}
		p.count[name] = c
	}
	return c
}

// begin says what is being done, until end is called.
func (p *progress) begin(item string) (end func()) {
	if p == nil {
		return func() {}
	}
	t := &task{item, time.Now()}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open[t] = true
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		delete(p.open, t)
	}
}

// yield leaves the terminal to somebody else, such as a script, until resume
// is called.
func (p *progress) yield() (resume func()) {
	if p == nil {
		return func() {}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	p.asides++
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asides--
	}
}

// Close wipes the line, so that what is printed next starts on a clean one.
func (p *progress) Close() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.closed = true
	close(p.ended)
	p.wipe()
}

// draw puts the line of this moment in the place of the last one.
func (p *progress) draw(now time.Time) {
	total := p.bytes() // asks others who lock
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.asides > 0 {
		return
	}
	line := p.look(now, total).line(p.columns() - len("^C.")) // what Ctrl-C puts there, and the cursor
	if line == p.line {
		return
	}
	p.wipe()
	p.line = line
	fmt.Fprint(p.w, line)
}

func (p *progress) columns() int {
	if n := p.width(); n > 0 {
		return n
	}
	return 80
}

// wipe takes the line away. Where the terminal was made narrower meanwhile, it
// has broken the line into several.
func (p *progress) wipe() {
	if p.line == "" {
		return
	}
	if rows := (columnsOf(p.line) - 1) / p.columns(); rows > 0 {
		fmt.Fprintf(p.w, "\x1b[%dA", rows)
	}
	fmt.Fprint(p.w, "\r\x1b[J")
	p.line = ""
}

// beside is a writer to the same terminal, for what is said meanwhile: the line
// goes before, and comes again after.
type beside struct {
	bar *progress
	w   io.Writer
}

// Write implements io.Writer.
func (b beside) Write(data []byte) (int, error) {
	b.bar.mu.Lock()
	defer b.bar.mu.Unlock()
	b.bar.wipe()
	return b.w.Write(data)
}
