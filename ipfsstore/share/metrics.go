package share

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"
)

// metrics count what each outlet handed out.
type metrics struct {
	registry                                 *prometheus.Registry
	blocks, bytes, misses, refusals, records *prometheus.CounterVec
}

func newMetrics() *metrics {
	m := &metrics{registry: prometheus.NewRegistry()}
	counter := func(name, help string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "ipnpm", Subsystem: "served", Name: name, Help: help}, []string{"outlet"})
		m.registry.MustRegister(c)
		return c
	}
	m.blocks = counter("blocks_total", "Blocks handed out.")
	m.bytes = counter("bytes_total", "Bytes of blocks handed out.")
	m.misses = counter("misses_total", "Blocks asked for that are not here.")
	m.refusals = counter("refusals_total", "Blocks that the day's quota did not allow for.")
	m.records = counter("records_total", "IPNS records handed out.")
	return m
}

// Gauge adds a figure that is read when the metrics are.
func (s *Share) Gauge(name, help string, value func() float64) {
	s.metrics.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "ipnpm", Name: name, Help: help}, value))
}

// ServeHTTP answers /metrics.
func (m *metrics) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	families, err := m.registry.Gather()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", string(expfmt.NewFormat(expfmt.TypeTextPlain)))
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
			return // the reader is gone
		}
	}
}
