package main

import (
	"bytes"
	"debug/pe"
	"encoding/binary"
)

// forwarder is what Go's programs take their random numbers from since Go 1.22, before
// main, and what Wine 8 does not have. RtlGenRandom, which it leads to, takes the same
// arguments; its name in the library is SystemFunction036.
var forwarder = forward{file: "bcryptprimitives.dll", function: "ProcessPrng", to: "ADVAPI32.SystemFunction036"}

// forward is a library without code: one function that another library has.
type forward struct {
	file     string
	function string
	to       string // library and function
}

// Where things are in the file and in memory: the headers, then one section.
const (
	headers  = 0x200
	section  = 0x1000
	baseAddr = 0x180000000
)

// exports is the export directory of a library, with its three tables of one entry
// each; all addresses count from the library's beginning. (Microsoft's PE Format, "The
// .edata Section".)
type exports struct {
	Flags, Time                      uint32
	Major, Minor                     uint16
	Name, OrdinalBase                uint32
	Functions, Names                 uint32 // how many
	FunctionsAt, NamesAt, OrdinalsAt uint32
	Function                         uint32 // the address of a text: forwarded to there
	FunctionName                     uint32
	Ordinal, Padding                 uint16
}

// library is the file, for 64-bit Windows.
func (f forward) library() []byte {
	size := uint32(binary.Size(exports{}))
	texts := f.file + "\x00" + f.function + "\x00" + f.to + "\x00"
	name := section + size
	function := name + uint32(len(f.file)) + 1
	to := function + uint32(len(f.function)) + 1
	length := size + uint32(len(texts))

	optional := pe.OptionalHeader64{
		Magic: 0x20b, ImageBase: baseAddr, SectionAlignment: section, FileAlignment: headers,
		SizeOfInitializedData: section, SizeOfImage: 2 * section, SizeOfHeaders: headers,
		MajorOperatingSystemVersion: 6, MajorSubsystemVersion: 6, Subsystem: pe.IMAGE_SUBSYSTEM_WINDOWS_GUI,
		SizeOfStackReserve: 1 << 20, SizeOfStackCommit: section, SizeOfHeapReserve: 1 << 20, SizeOfHeapCommit: section,
		NumberOfRvaAndSizes: 16,
	}
	optional.DataDirectory[pe.IMAGE_DIRECTORY_ENTRY_EXPORT] = pe.DataDirectory{VirtualAddress: section, Size: length}

	var out bytes.Buffer
	add := func(parts ...any) {
		for _, part := range parts {
			_ = binary.Write(&out, binary.LittleEndian, part) // a buffer takes all, and all have fixed sizes
		}
	}
	fill := func(to int) { out.Write(make([]byte, to-out.Len())) }

	out.WriteString("MZ")
	fill(0x3c)
	add(uint32(0x40), []byte("PE\x00\x00"))
	add(pe.FileHeader{
		Machine: pe.IMAGE_FILE_MACHINE_AMD64, NumberOfSections: 1, SizeOfOptionalHeader: uint16(binary.Size(optional)),
		Characteristics: pe.IMAGE_FILE_EXECUTABLE_IMAGE | pe.IMAGE_FILE_LARGE_ADDRESS_AWARE | pe.IMAGE_FILE_DLL,
	}, optional, pe.SectionHeader32{
		Name: [8]uint8([]byte(".edata\x00\x00")), VirtualSize: length, VirtualAddress: section,
		SizeOfRawData: headers, PointerToRawData: headers,
		Characteristics: pe.IMAGE_SCN_CNT_INITIALIZED_DATA | pe.IMAGE_SCN_MEM_READ,
	})
	fill(headers)
	add(exports{
		Name: name, OrdinalBase: 1, Functions: 1, Names: 1,
		FunctionsAt: section + 40, NamesAt: section + 44, OrdinalsAt: section + 48,
		Function: to, FunctionName: function,
	}, []byte(texts))
	fill(2 * headers)
	return out.Bytes()
}
