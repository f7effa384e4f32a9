package cmd

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// look is what the progress line shows at one moment.
type look struct {
	// done and total are of all phases that there is something to wait for.
	done, total int
	phases      []phaseLook
	bytes       int64
	rate        float64 // bytes a second
	slow        string  // what takes longest
	slowBy      time.Duration
}

type phaseLook struct {
	name        string
	done, total int // total is 0 while nobody knows it
}

// leastRate is the least that is told, in bytes a second: below it little comes,
// and the number would only flicker.
const leastRate = 1000

// hangTime is how long something may take before the line names it.
const hangTime = 2 * time.Second

// look gathers it, phases in the order in which the work flows. The caller holds
// mu.
func (p *progress) look(now time.Time, bytes int64) look {
	l := look{bytes: bytes, rate: p.rate.after(now, bytes)}
	l.done, l.total = p.share()
	for _, name := range [...]string{"resolve", "fetch", "link", "scripts"} {
		if c := p.count[name]; c != nil {
			l.phases = append(l.phases, phaseLook{name, c.done, c.total})
		}
	}
	for t := range p.open {
		if by := now.Sub(t.since); by >= hangTime && (by > l.slowBy || by == l.slowBy && t.item < l.slow) {
			l.slow, l.slowBy = t.item, by
		}
	}
	return l
}

// line fits it into a width: where that is too little, the bar goes first, then
// the rate, the bytes, all phases but the last, and then the end of what is left.
func (l look) line(width int) string {
	phases := make([]string, len(l.phases))
	for i, p := range l.phases {
		phases[i] = p.String()
	}
	var bytes, rate, slow []string
	if l.bytes > 0 {
		bytes = []string{size(l.bytes)}
		rate = bytes
	}
	if l.rate >= leastRate {
		rate = []string{size(l.bytes) + ", " + size(int64(l.rate)) + "/s"}
	}
	if l.slow != "" {
		slow = []string{fmt.Sprintf("waiting for %s, %d s", printableLine(l.slow), int(l.slowBy.Seconds()))}
	}
	last := phases[max(0, len(phases)-1):]
	text := strings.TrimSpace(barOf(l.done, l.total) + " " + strings.Join(slices.Concat(phases, rate, slow), " · "))
	if columnsOf(text) <= width {
		return text
	}
	for _, parts := range [...][][]string{{phases, rate, slow}, {phases, bytes, slow}, {phases, slow}, {last, slow}} {
		if text = strings.Join(slices.Concat(parts...), " · "); columnsOf(text) <= width {
			return text
		}
	}
	return cutTo(text, width)
}

// String is "fetch 12/80".
func (p phaseLook) String() string {
	if p.total == 0 {
		return fmt.Sprintf("%s %d", p.name, p.done)
	}
	return fmt.Sprintf("%s %d/%d", p.name, p.done, max(p.total, p.done))
}

// columnsOf is how much of a line a text takes: a column a character, which is
// so for all that names of packages consist of, and nothing for paint.
func columnsOf(text string) int {
	n, paint := 0, false
	for _, r := range text {
		switch {
		case r == '\x1b':
			paint = true
		case paint:
			paint = r != 'm'
		default:
			n++
		}
	}
	return n
}

// cutTo is a text, or its beginning with "…".
func cutTo(text string, width int) string {
	if width < 1 {
		return ""
	}
	if runes := []rune(text); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return text
}

// rate is how fast bytes come, over the last seconds.
type rate struct{ samples []sample }

type sample struct {
	at    time.Time
	bytes int64
}

// rateTime is what the rate is an average over, and rateWarm how much of it must
// have passed: the rate of a moment jumps.
const (
	rateTime = 3 * time.Second
	rateWarm = time.Second
)

// after adds a sample, and returns bytes a second; 0 while it is too early to say.
func (r *rate) after(now time.Time, bytes int64) float64 {
	r.samples = append(r.samples, sample{now, bytes})
	for len(r.samples) > 2 && now.Sub(r.samples[1].at) >= rateTime {
		r.samples = r.samples[1:]
	}
	first := r.samples[0]
	passed := now.Sub(first.at)
	if passed < rateWarm {
		return 0
	}
	return float64(bytes-first.bytes) / passed.Seconds()
}
