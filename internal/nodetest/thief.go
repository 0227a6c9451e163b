package nodetest

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
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
// and in base 64 at any offset.
type Thief struct {
	words map[string][][]byte // by the word, its disguises
	Seen  int64               // bytes looked at
	Finds []Find
}

// Find is a word in a place where it should not be.
type Find struct {
	Place string
	Word  string
}

// NewThief returns a thief who looks for the words, in lower and upper case too.
func NewThief(words ...string) *Thief {
	th := &Thief{words: make(map[string][][]byte, len(words))}
	for _, w := range words {
		for _, form := range []string{w, strings.ToLower(w), strings.ToUpper(w)} {
			th.words[w] = append(th.words[w], disguises(form)...)
		}
	}
	return th
}

func disguises(w string) [][]byte {
	raw := []byte(w)
	all := [][]byte{raw}
	units := utf16.Encode([]rune(w))
	var little, big []byte
	for _, u := range units {
		little = append(little, byte(u), byte(u>>8))
		big = append(big, byte(u>>8), byte(u))
	}
	all = append(all, little, big)
	var escaped strings.Builder
	for _, u := range units {
		fmt.Fprintf(&escaped, `\u%04x`, u)
	}
	all = append(all, []byte(escaped.String()), []byte(hex.EncodeToString(raw)), []byte(strings.ToUpper(hex.EncodeToString(raw))))
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
	for w, forms := range th.words {
		if slices.ContainsFunc(forms, func(f []byte) bool { return bytes.Contains(b, f) }) {
			f := Find{place, w}
			if !slices.Contains(th.Finds, f) {
				th.Finds = append(th.Finds, f)
			}
		}
	}
}

// Dir looks through every file under dir.
func (th *Thief) Dir(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
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
