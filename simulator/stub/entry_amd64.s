//go:build linux

#include "textflag.h"

// func entry()
//
// The kernel starts the program here when it was linked with -E main.entry. What Go code needs is a thread-local
// word that points to a g; the one here has no stack limit and nothing else, so the code may run, and may
// neither allocate nor panic. Afterwards the runtime starts as if nothing had been.
TEXT ·entry(SB), NOSPLIT|NOFRAME, $0
	MOVQ SP, ·startStack(SB)
	LEAQ ·bareG(SB), AX
	MOVQ AX, ·bareTLS(SB)
	MOVQ $158, AX             // arch_prctl
	MOVQ $0x1002, DI          // ARCH_SET_FS
	LEAQ ·bareTLS+8(SB), SI
	SYSCALL
	SUBQ $64, SP
	ANDQ $~15, SP
	MOVQ ·startStack(SB), AX
	MOVQ AX, 0(SP)
	CALL ·bare(SB)
	MOVQ ·startStack(SB), SP
	JMP  _rt0_amd64_linux(SB)

// func sys(n, a, b, c, d uintptr) int
TEXT ·sys(SB), NOSPLIT, $0-48
	MOVQ n+0(FP), AX
	MOVQ a+8(FP), DI
	MOVQ b+16(FP), SI
	MOVQ c+24(FP), DX
	MOVQ d+32(FP), R10
	XORL R8, R8
	XORL R9, R9
	SYSCALL
	MOVQ AX, ret+40(FP)
	RET
