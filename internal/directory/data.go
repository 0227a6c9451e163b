package directory

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"io"
	"slices"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/profile"
)

// byFile is the code of an end that a file says.
const byFile = "source"

// Number is a number that is no constant: it has a source and a status.
type Number struct {
	Value  int64          `json:"value"`
	Origin profile.Origin `json:"origin"`
}

// Data is the numbers of the directory.
type Data struct {
	Schema        string   `json:"schema"`
	Version       int64    `json:"version"`
	StaleDays     Number   `json:"stale_days"`     // after which somebody must confirm a record again
	CapacityHours Number   `json:"capacity_hours"` // after which a light is unknown
	Ends          []string `json:"ends"`           // codes of why something is there no more
}

//go:embed data/directory.json
var embedded string

var shipped = sync.OnceValues(func() (Data, error) { return ParseData([]byte(embedded)) })

// Shipped returns the data that this program was built with.
//
// It fails with [fault.Internal] if they are broken, which a test excludes.
func Shipped() (Data, error) {
	d, err := shipped()
	if err != nil {
		return Data{}, fault.Wrap(fault.Internal, "directory.data", err)
	}
	return d, nil
}

// ParseData reads a data file of the directory.
//
// It fails with [fault.Invalid] "directory.data" if it is not of the form, or a number has no source or is out of range.
func ParseData(b []byte) (Data, error) {
	var d Data
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Data{}, fault.Wrap(fault.Invalid, "directory.data", err)
	}
	if _, err := dec.Token(); err != io.EOF || d.Schema != "opentrm/directory-data/1" || d.Version < 1 {
		return Data{}, fault.New(fault.Invalid, "directory.data")
	}
	for _, n := range []Number{d.StaleDays, d.CapacityHours} {
		if n.Value < 1 || n.Value > 10_000 || n.Origin.Source == "" || n.Origin.Status == "" {
			return Data{}, fault.New(fault.Invalid, "directory.data")
		}
	}
	for i, code := range d.Ends {
		if !text(code, 60, true) || slices.Contains(d.Ends[:i], code) {
			return Data{}, fault.New(fault.Invalid, "directory.data")
		}
	}
	if !slices.Contains(d.Ends, byFile) {
		return Data{}, fault.New(fault.Invalid, "directory.data")
	}
	return d, nil
}
