package figures

import (
	"path/filepath"
	"strings"

	"github.com/opentrm/opentrm/internal/console"
	"github.com/opentrm/opentrm/internal/disclosure"
	"github.com/opentrm/opentrm/internal/opendata"
)

// forms writes a release as statistical offices take it, with its catalogue; nothing without an address.
func (c *releaseCommand) forms(m *manifest, dims []disclosure.Dimension, cells []disclosure.Cell) ([]opendata.File, error) {
	if c.Home == "" {
		return nil, nil
	}
	span, _, err := months(c.From, c.To)
	if err != nil {
		return nil, err
	}
	office := opendata.Office{ID: c.Office, Name: c.Publisher, Home: strings.TrimRight(c.Home, "/"), License: c.License}
	r := opendata.Release{Subject: c.Subject, Name: c.Name, Note: m.Additional, Period: span, Made: console.Present().Time(), Dimensions: dims, Cells: cells}
	files, err := office.Files(r)
	if err != nil {
		return nil, err
	}
	catalogue, err := office.Catalogue(r, filepath.Base(c.Out), files)
	return append(files, opendata.File{Name: "catalogue.jsonld", Body: catalogue}), err
}
