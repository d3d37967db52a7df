# Writes file IN as the function spoor::OpenApiJson() to OUT.
file(READ ${IN} text)
string(LENGTH "${text}" length)
set(pieces "")
set(at 0)
while(at LESS length)  # compilers limit a literal's length
  string(SUBSTRING "${text}" ${at} 4000 piece)
  string(APPEND pieces "R\"~~~(${piece})~~~\"\n")
  math(EXPR at "${at} + 4000")
endwhile()
file(WRITE ${OUT} "#include \"router/message/openapi.h\"\nnamespace spoor {\nabsl::string_view OpenApiJson() {\n  static constexpr char kText[] =\n${pieces};\n  return kText;\n}\n}  // namespace spoor\n")
