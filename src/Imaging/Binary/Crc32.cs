namespace SAMed.MLNet.Imaging.Binary;

/// <summary>The cyclic redundancy check of zip and gzip (reflected polynomial EDB88320), eight bytes at a time.</summary>
internal sealed class Crc32
{
    private static readonly uint[][] Tables = CreateTables();
    private uint _state = uint.MaxValue;

    /// <summary>The check of everything appended so far.</summary>
    public uint Value => ~_state;

    /// <summary>Takes in more bytes.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        var crc = _state;
        for (; data.Length >= 8; data = data[8..])
        {
            crc ^= (uint)(data[0] | (data[1] << 8) | (data[2] << 16) | (data[3] << 24));
            crc = Tables[7][crc & 0xFF] ^ Tables[6][(crc >> 8) & 0xFF] ^ Tables[5][(crc >> 16) & 0xFF] ^ Tables[4][crc >> 24]
                ^ Tables[3][data[4]] ^ Tables[2][data[5]] ^ Tables[1][data[6]] ^ Tables[0][data[7]];
        }
        foreach (var value in data)
        {
            crc = Tables[0][(crc ^ value) & 0xFF] ^ (crc >> 8);
        }
        _state = crc;
    }

    private static uint[][] CreateTables()
    {
        var tables = new uint[8][];
        for (var k = 0; k < 8; k++)
        {
            tables[k] = new uint[256];
            for (var n = 0u; n < 256; n++)
            {
                var c = k == 0 ? n : tables[k - 1][n];
                for (var bit = 0; bit < 8; bit++)
                {
                    c = (c & 1) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
                }
                tables[k][n] = c;
            }
        }
        return tables;
    }
}
