package main

import (
	"encoding/json"
	"os"
	"slices"
)

// sample is one timed run.
type sample struct {
	Link      string `json:"link"` // "loopback", or what the link is
	Situation string `json:"situation"`
	Tool      string `json:"tool"`
	Round     int    `json:"round"`
	usage
	// DaemonMillis is the processor time of Kubo meanwhile, ServerMillis that
	// of the registry and the link.
	DaemonMillis float64 `json:"daemonCpuMs"`
	ServerMillis float64 `json:"serverCpuMs"`
}

// results are all that was measured, and what one must know to read it.
type results struct {
	Fixture    string            `json:"fixture"`
	Runs       int               `json:"runs"`
	Disk       string            `json:"disk"`
	CPUs       int               `json:"cpus"`
	Platform   string            `json:"platform"`
	Versions   map[string]string `json:"versions"`
	Links      []string          `json:"links"`
	Situations []string          `json:"situations"`
	Tools      []string          `json:"tools"`
	Ours       []string          `json:"ours"`
	// The tarballs of an install, which are also fetched without one.
	Tarballs     int   `json:"tarballs"`
	TarballBytes int64 `json:"tarballBytes"`

	Samples []sample `json:"samples"`
}

// metric is what of a sample a table shows.
type metric func(sample) float64

func wallMillis(s sample) float64    { return s.Millis }
func cpuSeconds(s sample) float64    { return s.CPUMillis / 1000 }
func daemonSeconds(s sample) float64 { return s.DaemonMillis / 1000 }
func peakMegabytes(s sample) float64 { return float64(s.PeakBytes) / 1e6 }

// median is 0 where nothing was measured.
func (r *results) median(link, situation, tool string, of metric) float64 {
	var xs []float64
	for _, s := range r.Samples {
		if s.Link == link && s.Situation == situation && s.Tool == tool {
			xs = append(xs, of(s))
		}
	}
	return median(xs)
}

// fastest is the best of the other tools.
func (r *results) fastest(link, situation string, of metric) float64 {
	best := 0.0
	for _, tool := range r.Tools {
		if slices.Contains(r.Ours, tool) {
			continue
		}
		if m := r.median(link, situation, tool, of); m > 0 && (best == 0 || m < best) {
			best = m
		}
	}
	return best
}

// median of an even number is the mean of the two in the middle.
func median(xs []float64) float64 {
	if len(xs) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(xs))
	mid := len(sorted) / 2
	if len(sorted)%2 == 0 {
		return (sorted[mid-1] + sorted[mid]) / 2
	}
	return sorted[mid]
}

func (r *results) writeJSON(file string) error {
	data, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(data, '\n'), 0o644)
}
