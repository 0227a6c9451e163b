package tally_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/opentrm/opentrm/internal/tally"
)

// TestThePublishedRecordsOfCTDC counts the Global Dataset of 2018 as another program counted it, which goes through all combinations of each record: 18,939 of
// up to three attributes and 75,298 of up to four that at least ten records have. It needs the file.
func TestThePublishedRecordsOfCTDC(t *testing.T) {
	dir := os.Getenv("OPENTRM_DATA")
	if dir == "" {
		t.Skip("OPENTRM_DATA names no directory of published data sets")
	}
	file, err := os.ReadFile(filepath.Join(dir, "ctdc", "ctdc_global_kanon_2018.csv"))
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(file), "\n")
	single := []string{"yearOfRegistration", "gender", "ageBroad", "citizenship", "CountryOfExploitation", "isForcedLabour", "isSexualExploit", "isOtherExploit"}
	var columns []string
	for name := range strings.SplitSeq(strings.ReplaceAll(head, `"`, ""), ",") {
		if slices.Contains(single, name) || strings.HasPrefix(name, "meansOf") || strings.HasPrefix(name, "typeOfSex") || strings.HasPrefix(name, "recruiterRelation") {
			columns = append(columns, name)
		}
	}
	table, report, err := tally.Read(t.Context(), bytes.NewReader(file), tally.Options{Columns: columns, Missing: []string{"0"}, Needs: []string{"Datasource"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(columns) != 35 || report.Rows != 47_102 || report.Broken != 4 || table.Distinct().Rows() != 6_253 {
		t.Errorf("%d columns, %+v, %d different rows", len(columns), report, table.Distinct().Rows())
	}
	upTo := map[int]int{}
	if err := table.Frequent(t.Context(), 4, 10, func(c tally.Combination) error {
		for k := len(c.Columns); k <= 4; k++ {
			upTo[k]++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if upTo[1] != 156 || upTo[2] != 2_692 || upTo[3] != 18_939 || upTo[4] != 75_298 {
		t.Errorf("%v", upTo)
	}
}
