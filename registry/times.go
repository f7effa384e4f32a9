package registry

import (
	"encoding/json"
	"time"
)

// timeLayout is how npm's registry writes time, and how an index does.
const timeLayout = "2006-01-02T15:04:05.000Z"

// parseTime reads a JSON string holding an RFC 3339 time; the zero time when
// it is not one.
func parseTime(raw []byte) time.Time {
	if len(raw) < 2 || len(raw) > 64 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, string(raw[1:len(raw)-1]))
	if err != nil || t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}
	}
	return t.UTC()
}

// formatTime rounds down to the millisecond that npm's registry keeps.
func formatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

func (t *timeTable) lookup(version string) (time.Time, bool) {
	if t == nil {
		return time.Time{}, false
	}
	t.once.Do(t.parse)
	at, ok := t.at[version]
	return at, ok
}

func (t *timeTable) parse() {
	var wire map[string]looseTime
	if json.Unmarshal(t.raw, &wire) != nil {
		return
	}
	t.at = make(map[string]time.Time, len(wire))
	for v, at := range wire {
		if !at.IsZero() {
			t.at[v] = at.Time
		}
	}
}
