package nodetest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	_ "github.com/jackc/pgx/v5/stdlib"       // reads PostgreSQL as a thief would
	_ "github.com/ncruces/go-sqlite3/driver" // reads the file as a thief with its key would
	_ "github.com/ncruces/go-sqlite3/vfs/adiantum"
)

// Thief looks for words in whatever he can lay hands on: files, logs, databases, traffic. Each word is looked
// for as it is written and as programs write it elsewhere: in other encodings, escaped, in hexadecimal digits
// and in base 64 at any offset. What is compressed he does not unpack.
type Thief struct {
	forms []form
	begin map[uint32][]int32 // by the first four bytes, the forms that begin so
	maybe [1 << 16]bool      // by a mix of the first four bytes: whether to look into begin
	Seen  int64              // bytes looked at
	Finds []Find
}

// Find is a word in a place where it should not be.
type Find struct {
	Place string
	Word  string
}

// form is one way to write a word.
type form struct {
	bytes []byte
	word  string
}

// NewThief returns a thief who looks for the words, in lower and upper case too.
func NewThief(words ...string) *Thief {
	th := &Thief{begin: make(map[uint32][]int32, len(words))}
	known := make(map[string]bool, len(words))
	for _, w := range words {
		for _, cased := range []string{w, strings.ToLower(w), strings.ToUpper(w)} {
			for _, f := range disguises(cased) {
				if len(f) >= 4 && !known[string(f)] {
					known[string(f)] = true
					th.add(form{f, w})
				}
			}
		}
	}
	return th
}

func (th *Thief) add(f form) {
	k := binary.LittleEndian.Uint32(f.bytes)
	th.begin[k] = append(th.begin[k], int32(len(th.forms)))
	th.maybe[mix(k)] = true
	th.forms = append(th.forms, f)
}

func mix(k uint32) uint16 { return uint16(k * 2654435761 >> 16) }

// disguises returns how programs write w.
func disguises(w string) [][]byte {
	raw := []byte(w)
	all := [][]byte{raw, []byte(html.EscapeString(w)), []byte(url.QueryEscape(w)), []byte(url.PathEscape(w))}
	units := utf16.Encode([]rune(w))
	var little, big []byte
	for _, u := range units {
		little = append(little, byte(u), byte(u>>8))
		big = append(big, byte(u>>8), byte(u))
	}
	each := func(format string) {
		var s strings.Builder
		for _, b := range raw {
			fmt.Fprintf(&s, format, b)
		}
		all = append(all, []byte(s.String()))
	}
	all = append(all, little, big)
	for _, format := range []string{"%02x", "%02X", "%%%02x", "%%%02X", `\x%02x`, `\%03o`, "=%02X"} {
		each(format)
	}
	for _, format := range []string{`\u%04x`, `\u%04X`, "&#%d;", "&#x%x;"} {
		var s strings.Builder
		for _, u := range units {
			fmt.Fprintf(&s, format, u)
		}
		all = append(all, []byte(s.String()))
	}
	if quoted, err := json.Marshal(w); err == nil {
		all = append(all, quoted[1:len(quoted)-1])
	}
	if ascii := strconv.QuoteToASCII(w); len(ascii) > 2 {
		all = append(all, []byte(ascii[1:len(ascii)-1]))
	}
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for offset := range 3 { // the middle of the word, wherever it begins in a group of three bytes
			padded := append(make([]byte, offset), raw...)
			text := enc.EncodeToString(padded)
			if first, last := (offset*8+5)/6, len(padded)*8/6; last-first >= 8 {
				all = append(all, []byte(text[first:last]))
			}
		}
	}
	return all
}

// Bytes looks through b.
func (th *Thief) Bytes(place string, b []byte) {
	th.Seen += int64(len(b))
	for i := 0; i+4 <= len(b); i++ {
		k := binary.LittleEndian.Uint32(b[i:])
		if !th.maybe[mix(k)] {
			continue
		}
		for _, at := range th.begin[k] {
			if f := th.forms[at]; bytes.HasPrefix(b[i:], f.bytes) {
				th.found(Find{place, f.word})
			}
		}
	}
}

func (th *Thief) found(f Find) {
	if !slices.Contains(th.Finds, f) {
		th.Finds = append(th.Finds, f)
	}
}

// Dir looks through every file under dir, and through the names of files and directories.
func (th *Thief) Dir(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		th.Bytes("name of a file", []byte(e.Name()))
		if !e.Type().IsRegular() {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		th.Bytes("file "+filepath.Base(path), b)
		return nil
	})
}

// SQLite opens a database file with its key and looks through every value of every row.
func (th *Thief) SQLite(ctx context.Context, path string, key []byte) error {
	dsn := "file:" + path + "?vfs=adiantum&mode=ro&hexkey=" + hex.EncodeToString(key)
	return th.database(ctx, "sqlite3", dsn,
		"SELECT name FROM sqlite_master WHERE type = 'table'", func(t string) string { return `SELECT * FROM "` + t + `"` })
}

// Postgres looks through every value of every row of a database.
func (th *Thief) Postgres(ctx context.Context, url string) error {
	return th.database(ctx, "pgx", url,
		"SELECT quote_ident(table_schema) || '.' || quote_ident(table_name) FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')",
		func(t string) string { return "SELECT * FROM " + t })
}

func (th *Thief) database(ctx context.Context, driver, dsn, tables string, all func(string) string) error {
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	var names []string
	if err := each(ctx, db, tables, func(v []any) { names = append(names, fmt.Sprint(v[0])) }); err != nil {
		return err
	}
	for _, name := range names {
		err := each(ctx, db, all(name), func(v []any) {
			for _, cell := range v {
				switch c := cell.(type) {
				case []byte:
					th.Bytes("table "+name, c)
				case string:
					th.Bytes("table "+name, []byte(c))
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func each(ctx context.Context, db *sql.DB, query string, f func([]any)) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	row, into := make([]any, len(columns)), make([]any, len(columns))
	for i := range row {
		into[i] = &row[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		f(row)
	}
	return rows.Err()
}
