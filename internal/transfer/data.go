package transfer

import (
	_ "embed"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/profile"
)

// Data is why an offer is declined or taken back.
type Data struct {
	Schema      string         `json:"schema"`
	Version     int64          `json:"version"`
	Declines    []string       `json:"declines"`    // codes
	Revocations []string       `json:"revocations"` // codes
	Origin      profile.Origin `json:"origin"`
}

//go:embed data/transfer.json
var embedded string

var shipped = sync.OnceValues(func() (Data, error) { return ParseData([]byte(embedded)) })

// Shipped returns the data that this program was built with.
//
// It fails with [fault.Internal] if they are broken, which a test excludes.
func Shipped() (Data, error) {
	d, err := shipped()
	if err != nil {
		return Data{}, fault.Wrap(fault.Internal, "transfer.data", err)
	}
	return d, nil
}

// ParseData reads a data file of transfers.
//
// It fails with [fault.Invalid] if it is not of the form or lacks something.
func ParseData(b []byte) (Data, error) {
	wrong := func(field string) error {
		return fault.New(fault.Invalid, "transfer.data.field").With("field", field)
	}
	var d Data
	dec := json.NewDecoder(strings.NewReader(string(b)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Data{}, fault.Wrap(fault.Invalid, "transfer.data.form", err)
	}
	switch {
	case d.Schema != "opentrm/transfer-data/1" || d.Version < 1:
		return Data{}, wrong("schema")
	case len(d.Declines) == 0 || slices.Contains(d.Declines, ""):
		return Data{}, wrong("declines")
	case len(d.Revocations) == 0 || slices.Contains(d.Revocations, ""):
		return Data{}, wrong("revocations")
	case d.Origin.Source == "" || !slices.Contains([]profile.Status{profile.Unverified, profile.Verified, profile.Confirmed}, d.Origin.Status):
		return Data{}, wrong("origin")
	}
	return d, nil
}
