package generator

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
)

// Shard is one of several parts that the hosts of a fleet are split into, for
// jobs that render side by side. The zero value is the whole fleet.
type Shard struct {
	Number int // from 1
	Of     int // how many there are; 0 for the whole
}

// maxShards is more than any fleet has hosts that would fill them.
const maxShards = 100_000

// ParseShard reads K/N: the K-th of N parts.
func ParseShard(s string) (Shard, error) {
	k, n, ok := strings.Cut(s, "/")
	number, err1 := strconv.Atoi(k)
	of, err2 := strconv.Atoi(n)
	if !ok || err1 != nil || err2 != nil || of < 1 || of > maxShards || number < 1 || number > of {
		return Shard{}, fmt.Errorf("it takes K/N: the K-th of N parts, such as 1/4; N is %d at the most", maxShards)
	}
	return Shard{number, of}, nil
}

func (s Shard) String() string {
	if s.Of == 0 {
		return ""
	}
	return fmt.Sprintf("%d/%d", s.Number, s.Of)
}

// Has reports whether the node belongs to the part. Its name alone decides, so
// that a host that comes or goes moves no other to another job, and a host
// that is gone is taken out of a tree by the job that put it there.
func (s Shard) Has(node string) bool {
	if s.Of == 0 {
		return true
	}
	h := fnv.New32a()
	h.Write([]byte(node)) // never fails
	return int(h.Sum32()%uint32(s.Of)) == s.Number-1
}
