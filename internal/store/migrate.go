package store

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/opentrm/opentrm/internal/store/internal/engine"
)

//go:embed schema
var schema embed.FS

// migrations are those of the schema.
var migrations = engine.Schema{FS: schema}

// Class says into which archive a table goes (spec/backup.md 1).
type Class string

// The classes of tables.
const (
	Content  Class = "content"  // sealed content and operational data: may be kept for ever
	Keys     Class = "keys"     // keys and index: kept at most 35 days, so that erasure comes true
	Volatile Class = "volatile" // never leaves the database: sessions, leases, private matching
)

// table is one table of the schema, in the order of creation.
type table struct {
	name  string
	class Class
}

// tables reads the tables and their classes from the migrations.
func tables() ([]table, error) {
	creates := regexp.MustCompile(`(?m)^CREATE TABLE (\S+) \((?: -- (content|keys|volatile))?`)
	var all []table
	names, err := fs.Glob(schema, "schema/common/*.sql")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := schema.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for _, m := range creates.FindAllSubmatch(text, -1) {
			if len(m[2]) == 0 {
				return nil, fmt.Errorf("store: %s: table %s has no class", name, m[1])
			}
			all = append(all, table{string(m[1]), Class(m[2])})
		}
	}
	return all, nil
}

// SchemaDigest tells schemas apart: databases of an engine with the same one have had the same migrations.
func SchemaDigest(e Engine) (string, error) { return migrations.Digest(e) }
