package doctor_test

import (
	"testing"

	"github.com/opentrm/opentrm/internal/doctor"
)

func TestRoomOnADisk(t *testing.T) {
	const gb = 1 << 30
	for _, tt := range []struct {
		free, all uint64
		want      doctor.State
	}{
		{50 * gb, 100 * gb, doctor.OK},
		{9 * gb, 100 * gb, doctor.Look},
		{gb, 100 * gb, doctor.Bad},
		{gb / 2, 2 * gb, doctor.Look},
		{100 << 20, gb, doctor.Bad},
		{2 * gb, 8 * gb, doctor.OK},
		{30 * gb, 4000 * gb, doctor.OK},
		{19 * gb, 4000 * gb, doctor.Look},
		{4 * gb, 4000 * gb, doctor.Bad},
	} {
		if got := doctor.Free(tt.free, tt.all); got != tt.want {
			t.Errorf("%d of %d: %s, not %s", tt.free, tt.all, got, tt.want)
		}
	}
}

func TestWorst(t *testing.T) {
	all := []doctor.Finding{{State: doctor.OK}, {State: doctor.Bad, Code: "disk"}, {State: doctor.Look}}
	if got := doctor.Worst(all); got != doctor.Bad {
		t.Error(got)
	}
	if got := doctor.Worst(all[2:]); got != doctor.Look {
		t.Error(got)
	}
	if got := doctor.Worst(nil); got != doctor.OK {
		t.Error(got)
	}
}
