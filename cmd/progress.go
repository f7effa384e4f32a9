package cmd

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress draws one line on a terminal while an install runs: what each phase
// has done so far, since they overlap, and a bar over all of it. Off a
// terminal, in CI and when silent it is never made, and a nil *progress does
// nothing, so that callers need not ask.
type progress struct {
	mu     sync.Mutex
	w      io.Writer
	bar    *progressbar.ProgressBar
	count  map[string]*phaseCount
	closed bool
}

type phaseCount struct{ done, total int }

func newProgress(w io.Writer, width int) *progress {
	return &progress{
		w:     w,
		count: map[string]*phaseCount{},
		bar: progressbar.NewOptions(1,
			progressbar.OptionSetWriter(w),
			progressbar.OptionSetWidth(min(max(width/4, 8), 30)),
			progressbar.OptionThrottle(80*time.Millisecond),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionSetElapsedTime(false),
			progressbar.OptionSetPredictTime(false),
		),
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
	p.draw()
}

// Step counts one finished item of a phase; see install.Reporter.
func (p *progress) Step(name, _ string, _ int64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.of(name)
	c.done++
	c.total = max(c.total, c.done)
	p.draw()
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
	_ = p.bar.Exit()
	fmt.Fprint(p.w, "\r\x1b[K") // Exit leaves the last drawing where it is
}

func (p *progress) of(name string) *phaseCount {
	c := p.count[name]
	if c == nil {
		c = &phaseCount{}
		p.count[name] = c
	}
	return c
}

// draw shows the counts of the phases that have begun, in the order in which
// the work flows. What is picked is still to be fetched and linked, so those
// totals are never below the picks, and the bar moves forward.
func (p *progress) draw() {
	if p.closed {
		return
	}
	var parts []string
	done, total, floor := 0, 0, 0
	for _, name := range [...]string{"resolve", "fetch", "link", "scripts", "verify"} {
		c := p.count[name]
		if c != nil {
			parts = append(parts, fmt.Sprintf("%s %d", name, c.done))
		} else {
			c = &phaseCount{}
		}
		switch name {
		case "resolve":
			floor = c.done
		case "scripts":
			done, total = done+c.done, total+c.total
		default:
			done, total = done+c.done, total+max(c.total, floor)
		}
	}
	p.bar.Describe(strings.Join(parts, " · "))
	p.bar.ChangeMax(max(total, done+1)) // never full: Close ends it
	_ = p.bar.Set(done)
}
