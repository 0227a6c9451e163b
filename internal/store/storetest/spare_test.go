package storetest_test

import (
	"context"
	"database/sql"
	"strconv"
	"testing"

	"github.com/opentrm/opentrm/internal/access"
	"github.com/opentrm/opentrm/internal/audit"
	"github.com/opentrm/opentrm/internal/fault"
	"github.com/opentrm/opentrm/internal/store"
	"github.com/opentrm/opentrm/internal/store/storetest"
)

type settings interface {
	Setting(ctx context.Context, name string) ([]byte, error)
	SetSetting(ctx context.Context, name string, value []byte) error
}

// TestADatabaseIsHandedOnEmpty: what one test leaves behind, the next does not find, and what a test has made of the schema
// nobody gets.
func TestADatabaseIsHandedOnEmpty(t *testing.T) {
	before, whole := "", false
	for i, tt := range []struct {
		spoil   string // by the owner of the schema
		settled int
	}{
		{"", 1},
		{"", 3000},
		{"DROP TRIGGER audit_payload_stays ON audit_payload", 1},
		{"", 1},
		{"ALTER TABLE setting ADD COLUMN more BIGINT", 1},
		{"GRANT DELETE ON audit_payload TO PUBLIC", 1},
		{"", 1},
	} {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			c := storetest.Postgres(t)
			if i > 0 && (c.URL == before) != whole {
				t.Errorf("after one that was left whole (%t): %q, then %q", whole, before, c.URL)
			}
			before, whole = c.URL, tt.spoil == ""
			db := storetest.Open(t, c)
			if err := store.Reader[settings](db)(t.Context(), func(tx settings) error {
				_, err := tx.Setting(t.Context(), "0")
				return err
			}); !fault.Is(err, fault.NotFound) {
				t.Errorf("what somebody left: %v", err)
			}
			var entries int
			owner, err := sql.Open("pgx", c.Owner)
			if err != nil {
				t.Fatal(err)
			}
			defer owner.Close()
			if err := owner.QueryRowContext(t.Context(), "SELECT count(*) FROM audit_payload").Scan(&entries); err != nil || entries != 0 {
				t.Errorf("%d entries in the log, %v", entries, err)
			}
			err = store.Writer[settings](db)(t.Context(), audit.Did(access.Console("MK"), access.DoctorNode, ""), func(tx settings) error {
				for n := range tt.settled {
					if err := tx.SetSetting(t.Context(), strconv.Itoa(n), make([]byte, 200)); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if tt.spoil != "" {
				if _, err := owner.ExecContext(t.Context(), tt.spoil); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
